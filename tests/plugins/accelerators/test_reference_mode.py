"""The reference mode: fit, evaluate and predict compute exactly the formulas; by default they use accelerators."""

from __future__ import annotations

import numpy as np
import pytest

import glassnet as gn
from glassnet_accelerators.old_names import rename_old_slots
from glassnet_testing import check_component

X = np.random.default_rng(0).normal(size=(30, 4)).astype(np.float32)
Y = X.sum(axis=1, keepdims=True)
RECIPE = {"loss": "mse", "optimizer": "adam(lr=0.01)", "batch_size": 10, "progress": False}


@pytest.fixture(autouse=True)
def _default_mode():
    yield
    gn.use_accelerators(None)


class Doubled(gn.LayerWrapper):
    """Gives twice the output of its layer, so that it shows who computed it."""

    def forward(self, params, x, ctx):
        y, cache = self.layer.forward(params, x, ctx)
        return 2 * y, cache


class Doubling(gn.Accelerator):
    """Is always used, and computes something else."""

    replaces = "layer.glassnet.dense"
    always = True

    def replacement(self, component):
        return Doubled(component)


def test_predict_and_evaluate_use_accelerators_by_default():
    net = gn.Network("dense(1)").build((4,), seed=0)
    by_hand = X @ net.parameters["0.weights"]
    with gn.registered("accelerator", "doubling", Doubling):
        np.testing.assert_allclose(net.predict(X), 2 * by_hand, rtol=1e-5)
        loss = net.evaluate(X, Y, loss="mse")["loss"]
        np.testing.assert_allclose(loss, np.mean((2 * by_hand - Y) ** 2), rtol=1e-5)
        gn.use_accelerators(False)
        np.testing.assert_allclose(net.predict(X), by_hand, rtol=1e-5)
        np.testing.assert_allclose(net.evaluate(X, Y, loss="mse")["loss"], np.mean((by_hand - Y) ** 2), rtol=1e-5)
        gn.use_accelerators(True)
        np.testing.assert_allclose(net.predict(X), 2 * by_hand, rtol=1e-5)


def test_what_explains_and_checks_computes_the_formulas_in_either_mode():
    net = gn.Network("dense(1)").build((4,), seed=0)
    by_hand = np.mean((X.astype(np.float64) @ net.parameters["0.weights"].astype(np.float64) - Y) ** 2)
    with gn.registered("accelerator", "doubling", Doubling):
        assert net.trace(X, Y, "mse").loss == pytest.approx(by_hand, rel=1e-9)
        # Gradients of twice the output would be far from the slopes of the formula.
        assert max(gn.check_gradients(net, X, Y, "mse").values()) < 1e-6
        check_component("layer:dense")


def test_a_layer_in_a_layer_is_replaced_too():
    net = gn.Network("residual([dense(4)])").build((4,), seed=0)
    by_hand = X + 2 * (X @ net.parameters["0.0.weights"])
    with gn.registered("accelerator", "doubling", Doubling):
        np.testing.assert_allclose(net.predict(X), by_hand, rtol=1e-4, atol=1e-5)


def test_both_modes_come_to_nearly_the_same_parameters():
    # Without a bias in front of batch_norm: its gradient is 0 but for rounding, of which Adam makes whole steps.
    ends = []
    for wanted in (True, False):
        gn.use_accelerators(wanted)
        net = gn.Network("dense(8, bias=False) batch_norm relu dense(1)").build((4,), seed=0)
        net.fit(X, Y, epochs=3, **RECIPE)
        ends.append(net.flat_parameters.copy())
    np.testing.assert_allclose(ends[0], ends[1], rtol=1e-3, atol=1e-5)


def test_a_run_is_not_continued_in_the_other_mode(tmp_path):
    gn.Network("dense(1)").build((4,), seed=0).fit(X, Y, epochs=1, folder=tmp_path, **RECIPE)
    gn.use_accelerators(False)
    with pytest.raises(gn.ResumeError, match="numpy_adam, which is switched off; unset GLASSNET_ACCELERATORS"):
        gn.Network("dense(1)").build((4,), seed=0).fit(X, Y, epochs=2, resume_from=tmp_path, **RECIPE)


def test_what_was_saved_under_an_old_name_gets_the_new_one():
    saved = {"m": 1, "inside v": 2, "others momentum": 3}
    rename_old_slots(saved, ["sum_m", "inside sum_v", "others momentum"])
    assert saved == {"sum_m": 1, "inside sum_v": 2, "others momentum": 3}
