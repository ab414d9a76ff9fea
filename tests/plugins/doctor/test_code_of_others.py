"""Components that are not glassnet's: what they compute is looked at, and ours are not."""

import numpy as np
import pytest

import glassnet as gn

X = np.random.default_rng(3).normal(size=(64, 2)).astype("float32")
Y = (X[:, :1] * X[:, 1:]).astype("float32")


class Scaled(gn.Layer):
    """Multiplies with a weight for each column; `fault` says what is wrong."""

    fault: str = gn.option("", help="what is wrong")

    def parameters(self, shape):
        return {"weights": gn.Parameter(shape, initializer="ones")}

    def forward(self, params, x, ctx):
        y = x * params["weights"]
        if self.fault == "noise" and ctx.training:
            y = y + np.random.random(y.shape).astype(y.dtype)
        if self.fault == "test noise" and not ctx.training:
            y = y + ctx.rng.random(y.shape).astype(y.dtype)
        return y, x

    def backward(self, params, cache, dy, grads, ctx):
        gradient = (dy * cache).sum(axis=0)
        if self.fault == "twice":
            gradient = 2 * gradient
        if self.fault == "adds":
            grads["weights"] += gradient
        else:
            grads["weights"][...] = gradient
        return dy * params["weights"]


class SumOfErrors(gn.Loss):
    """A sum in place of a mean."""

    def forward(self, y_pred, y_true):
        return float(np.sum(np.abs(y_pred - y_true)))

    def backward(self, y_pred, y_true):
        return np.sign(y_pred - y_true)


class Uphill(gn.Optimizer):
    """Goes up."""

    lr: float = gn.option(0.01, gt=0, help="step size")

    def update(self, p, g, state, lr, t):
        p += lr * g


class Impatient(gn.Optimizer):
    """Takes a smaller step each time it is called."""

    lr: float = gn.option(0.01, gt=0, help="step size")

    def update(self, p, g, state, lr, t):
        CALLS[id(self)] = CALLS.get(id(self), 0) + 1
        p -= lr * g / CALLS[id(self)]


CALLS = {}


@pytest.mark.parametrize(
    ("fault", "rules"),
    [
        ("", []),
        ("twice", ["gradients_do_not_match"]),
        ("adds", ["gradients_accumulate"]),
        ("noise", ["not_reproducible"]),
        ("test noise", ["random_at_test_time"]),
    ],
)
def test_the_fault_of_a_layer_is_named(fault, rules):
    net = gn.Network([gn.layers.dense(4), "tanh", Scaled(fault), "dense(1)"])
    found = [each.rule for each in gn.diagnose(net, X, Y) if each.rule != "linear_layers_in_a_row"]
    assert found == rules


def test_the_error_of_a_doubled_gradient_is_a_half():
    net = gn.Network(["dense(4)", "tanh", Scaled("twice"), "tanh", "dense(1)"])
    finding = gn.diagnose(net, X, Y)[0]
    assert finding.evidence["largest_error"] == pytest.approx(0.5, abs=1e-4)
    assert finding.where == "layer 2 'scaled(fault='twice')'"


def test_a_loss_that_is_a_sum_doubles_with_its_samples():
    finding = gn.diagnose(gn.Network("dense(4) tanh dense(1)"), X, Y, loss=SumOfErrors())[0]
    assert finding.rule == "loss_depends_on_batch"
    assert finding.evidence["loss_with_each_sample_twice"] == pytest.approx(2 * finding.evidence["loss"], rel=1e-5)


@pytest.mark.parametrize("optimizer", [Uphill(), Impatient()])
def test_an_optimizer_that_goes_wrong(optimizer):
    net = gn.Network("dense(4) tanh dense(1)")
    net.fit(X, Y, loss="mse", optimizer=optimizer, epochs=2, progress=False)
    assert gn.diagnose(net, X, Y)[0].rule == "optimizer_goes_wrong"
