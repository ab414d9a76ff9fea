"""Faults are found within layers that hold layers, and in layers that other people wrote."""

import numpy as np
import pytest

import glassnet as gn
from glassnet_doctor.structure import chain_of, leaves_of, shapes_in

RNG = np.random.default_rng(31)
X = RNG.normal(size=(160, 4)).astype("float32")
Y = (X[:, 0] + X[:, 1] > 0).astype(np.int64)


def within(*layers):
    return gn.layers.sequential(list(layers))


@pytest.mark.parametrize(
    ("layers", "rule", "where"),
    [
        ([within("dense(8)", "softmax"), "dense(2)", "softmax"], "softmax_inside", "layer 0.1 'softmax'"),
        (
            [gn.layers.residual(["dense(4)", "softmax"]), "dense(2)", "softmax"],
            "softmax_inside",
            "layer 0 ",
        ),
        ([within("dense(8)", "dense(6)"), "elu", "dense(2)", "softmax"], "linear_layers_in_a_row", "layers 0.0 "),
        ([within("dense(8)"), "dense(2)", "softmax"], "linear_layers_in_a_row", "layers 0.0 "),
        ([within("dense(8, bias=False)", "elu"), "dense(2)", "softmax"], "missing_bias", "layer 0.0 "),
        (
            [within("dense(8)", "elu", "dropout(0.4)"), "dense(8)", "batch_norm", "elu", "dense(2)", "softmax"],
            "dropout_before_batch_norm",
            "layers 0.2 'dropout",
        ),
        ([within("dense(8)", "elu", "dropout(0.95)"), "dense(2)", "softmax"], "dropout_too_strong", "layer 0.2 "),
    ],
)
def test_a_fault_within_a_layer_is_found(layers, rule, where):
    (finding,) = gn.diagnose(gn.Network(layers).build(4, seed=2), X, Y)
    assert finding.rule == rule
    assert finding.where.startswith(where)


def test_two_branches_that_end_in_softmax_are_not_inside():
    layers = ["dense(8)", "elu", gn.layers.concat([within("dense(2)", "softmax"), within("dense(3)", "softmax")])]
    assert [each.name for each in leaves_of(gn.Network(layers).layers)][-1] == "softmax"
    found = gn.diagnose(gn.Network(layers), X, np.eye(5, dtype="float32")[Y], loss="mse")
    assert "softmax_inside" not in [each.rule for each in found]


def test_a_chain_runs_through_a_sequential_and_knows_its_shapes():
    network = gn.Network(["dense(8)", within("tanh", within("dense(3)")), "dense(2)"]).build(4)
    chain = list(chain_of(network.layers))
    assert [each.place for each in chain] == ["0", "1.0", "1.1.0", "2"]
    assert list(shapes_in(chain, (4,))) == [(4,), (8,), (8,), (3,)]


class Kernel(gn.Layer):
    """A dense layer that names its parameters otherwise."""

    units: int = gn.option(4)

    def output_shape(self, shape):
        return (self.units,)

    def parameters(self, shape):
        return {"kernel": gn.Parameter((shape[0], self.units), "he_normal")}

    def forward(self, params, x, ctx):
        return x @ params["kernel"], x

    def backward(self, params, cache, dy, grads, ctx):
        grads["kernel"][...] = cache.T @ dy
        return dy @ params["kernel"].T


class Ramp(gn.Activation):
    """A relu that does not say where it bends."""

    def forward(self, x):
        return np.maximum(x, 0)

    def backward(self, dy, x, y):
        return dy * (x > 0)


def test_layers_of_others_are_looked_at_like_ours():
    healthy = gn.Network([Kernel(8), Ramp(), "dense(2)", "softmax"]).build(4, seed=1)
    assert list(gn.diagnose(healthy, X, Y)) == []
    large = gn.Network([Kernel(8), "tanh", "dense(2)", "softmax"]).build(4, seed=1)
    large.parameters["0.kernel"][:] *= 100
    assert {"poor_initialization", "saturated_units"} >= {each.rule for each in gn.diagnose(large, X, Y)} != set()


def test_units_of_an_unknown_activation_are_dead_without_a_gradient():
    network = gn.Network(["dense(8)", Ramp(), "dense(2)", "softmax"]).build(4, seed=1)
    network.parameters["0.bias"][:] = -60
    finding = gn.diagnose(network, X, Y)[0]
    assert (finding.rule, finding.evidence["dead_units"]) == ("dead_relu", 8)


def test_a_frozen_layer_of_others_is_found():
    network = gn.Network([Kernel(8, trainable=False), "tanh", "dense(2)", "softmax"])
    network.fit(X, Y, loss="cce", optimizer="adam(lr=0.01)", epochs=5, progress=False)
    assert "layer_learns_nothing" in [each.rule for each in gn.diagnose(network, X, Y)]
