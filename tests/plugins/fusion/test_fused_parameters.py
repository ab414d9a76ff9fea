"""Regularizers and constraints, of a third party too."""

import numpy as np
import pytest

import glassnet as gn
from glassnet_fusion.choice import everything_fused
from glassnet_fusion.fused_parameter import gradient_of, projection_of
from glassnet_fusion.programs import finish_compiling


class Huber(gn.Regularizer):
    """Quadratic near 0, and linear far from it."""

    def penalty(self, w):
        return float(np.where(np.abs(w) < 1, w**2 / 2, np.abs(w) - 0.5).sum())

    def gradient(self, w):
        return 0.01 * np.clip(w, -1, 1)


class UnitRows(gn.Constraint):
    """Brings each row to length 1."""

    def project(self, w):
        w /= np.sqrt(np.square(w).sum(axis=-1, keepdims=True)) + 1e-12


W, G = np.random.default_rng(0).normal(size=(2, 60, 90))


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("regularizer", [*map(gn.regularizers.l1, (0.1,)), gn.regularizers.l1_l2(), Huber()], ids=repr)
def test_what_a_regularizer_adds_has_the_bytes_of_the_formula(regularizer, dtype):
    fused = everything_fused(regularizer)
    w = W.astype(dtype)
    for _ in range(2):
        g, wanted = G.astype(dtype), G.astype(dtype) + regularizer.gradient(w)
        fused.add_gradient(w, g)
        assert g.tobytes() == wanted.tobytes()
        finish_compiling()
    assert gradient_of(regularizer).has_run
    assert fused.penalty(w) == regularizer.penalty(w)


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize(
    "constraint", [gn.constraints.max_norm(3.0), gn.constraints.non_negative(), UnitRows()], ids=repr
)
def test_what_a_constraint_moves_has_the_bytes_of_the_formula(constraint, dtype):
    fused = everything_fused(constraint)
    for _ in range(2):
        w, wanted = W.astype(dtype), W.astype(dtype)
        fused.project(w)
        constraint.project(wanted)
        assert w.tobytes() == wanted.tobytes()
        finish_compiling()
    assert projection_of(constraint).has_run


def test_a_run_computes_with_them():
    regularizer, constraint = gn.regularizers.l1(0.001), gn.constraints.max_norm(2.0)
    layers = [gn.layers.dense(90, regularizer=regularizer, constraint=constraint), "relu", "dense(1)"]
    x = np.random.default_rng(0).normal(size=(600, 70)).astype(np.float32)
    everything_fused(gn.regularizers.l2())  # something is fused in this process
    net = gn.Network(layers)
    net.fit(x, x[:, :1], epochs=60, batch_size=30, loss="mse", optimizer="sgd", seed=0)
    assert gradient_of(regularizer).has_run
    assert projection_of(constraint).has_run
    columns = net.parameter_views["0"]["weights"]
    assert np.sqrt(np.square(columns).sum(axis=0)).max() <= 2 + 1e-5
