"""The gradient checks themselves: they measure a known derivative, and they see a wrong one."""

import numpy as np
import pytest

import glassnet as gn
from glassnet_autodiff.derived import loss_gradient
from glassnet_autodiff.gradient_check import (
    check_layer,
    check_loss,
    check_regularizer,
    numerical_gradient,
    relative_error,
)
from glassnet_autodiff.kinks import backward
from glassnet_autodiff.tape import Tape


def test_central_differences_of_a_cubic():
    x = np.array([[0.5, -2.0], [3.0, 1.5]])
    kept = x.copy()
    slopes = numerical_gradient(lambda: float(np.sum(x**3)), x)
    np.testing.assert_allclose(slopes, 3 * x**2, rtol=1e-6)
    np.testing.assert_array_equal(x, kept)


def test_central_differences_refuse_float32_and_copies():
    with pytest.raises(TypeError, match="float64"):
        numerical_gradient(lambda: 0.0, np.zeros(2, np.float32))
    with pytest.raises(TypeError, match="contiguous"):
        numerical_gradient(lambda: 0.0, np.zeros((4, 4))[:, :2])


def test_relative_error_is_relative_to_the_largest_element():
    assert relative_error(np.array([1.0, 10.0]), np.array([1.0, 8.0])) == pytest.approx(0.2)
    assert relative_error(np.zeros(3), np.zeros(3)) == 0
    assert relative_error(np.array([np.nan]), np.array([1.0])) != 0
    with pytest.raises(ValueError, match="shapes differ"):
        relative_error(np.zeros(3), np.zeros((3, 1)))


class Scale(gn.Layer):
    """y = x * a, with a factor on each derivative that tests can make wrong."""

    input_factor: float = gn.option(1.0)
    parameter_factor: float = gn.option(1.0)
    writes: bool = gn.option(True)

    def parameters(self, shape):
        return {"a": gn.Parameter(shape, initializer="ones")}

    def forward(self, params, x, ctx):
        return x * params["a"], x

    def backward(self, params, cache, dy, grads, ctx):
        if self.writes:
            grads["a"][...] = (dy * cache).sum(axis=0) * self.parameter_factor
        return dy * params["a"] * self.input_factor


def test_a_right_layer_passes():
    errors = check_layer(Scale(), np.random.default_rng(0).normal(size=(3, 4)))
    assert set(errors) == {"a", "input"}
    assert max(errors.values()) < 1e-8


@pytest.mark.parametrize(("options", "wrong"), [({"input_factor": 1.001}, "input"), ({"parameter_factor": -1.0}, "a")])
def test_a_wrong_derivative_is_seen_where_it_is(options, wrong):
    errors = check_layer(Scale(**options), np.random.default_rng(0).normal(size=(3, 4)))
    assert errors.pop(wrong) > 1e-4
    assert max(errors.values()) < 1e-8


def test_a_gradient_that_is_not_written_is_seen():
    assert not check_layer(Scale(writes=False), np.ones((3, 4)))["a"] < 1e-4


def test_a_whole_network_passes_and_stays_as_it_is():
    rng = np.random.default_rng(0)
    net = gn.Network("dense(6) tanh dropout(0.3) dense(3) softmax").build((4,))
    before = net.flat_parameters.copy()
    errors = gn.check_gradients(net, rng.normal(size=(5, 4)), rng.integers(0, 3, 5), "cce")
    assert list(errors) == ["0.weights", "0.bias", "3.weights", "3.bias"]
    assert max(errors.values()) < 1e-6
    np.testing.assert_array_equal(net.flat_parameters, before)


def test_a_wrong_layer_in_a_network_is_found():
    with gn.registered("layer", "scale", Scale):
        net = gn.Network([Scale(parameter_factor=2.0), "dense(2)"]).build((4,))
        errors = gn.check_gradients(net, np.ones((3, 4)), np.ones((3, 2)), "mse")
    assert errors["0.a"] > 0.4
    assert errors["1.weights"] < 1e-6


def test_one_instance_used_twice_in_a_network_has_right_gradients():
    shared = gn.activations.tanh()
    same = gn.layers.dense(4)
    rng = np.random.default_rng(1)
    net = gn.Network([same, shared, same, shared, "dense(1)"]).build((4,))
    errors = gn.check_gradients(net, rng.normal(size=(5, 4)), rng.normal(size=5), "mse")
    assert max(errors.values()) < 1e-6


def test_losses_and_regularizers_with_a_wrong_factor_are_seen():
    class Summed(gn.Loss):
        def forward(self, y_pred, y_true):
            return float(np.mean((y_pred - y_true) ** 2))

        def backward(self, y_pred, y_true):
            return 2 * (y_pred - y_true)

    class Half(gn.Regularizer):
        def penalty(self, w):
            return float(np.sum(w * w))

        def gradient(self, w):
            return w

    assert check_loss(Summed(), np.array([[1.0, 2.0]]), np.zeros((1, 2))) > 0.4
    assert check_regularizer(Half(), np.array([1.0, 2.0])) > 0.4


# --- the third gradient: the tape -------------------------------------------------------------------------------------


class NearlySquare(gn.Loss):
    """A derivative with an error that central differences do not see."""

    def forward(self, y_pred, y_true):
        return float(np.mean((y_pred - y_true) ** 2))

    def backward(self, y_pred, y_true):
        return 2 * (1 + 1e-9) * (y_pred - y_true) / y_pred.size


class NearlyRidge(gn.Regularizer):
    def penalty(self, w):
        return float(np.sum(w * w))

    def gradient(self, w):
        return 2 * (1 + 1e-9) * w


@pytest.mark.parametrize(
    ("options", "wrong"), [({"input_factor": 1 + 1e-7}, "input"), ({"parameter_factor": 1 + 1e-7}, "a")]
)
def test_the_tape_sees_what_is_too_small_for_differences(options, wrong):
    x = np.random.default_rng(0).normal(size=(3, 4))
    errors = check_layer(Scale(**options), x)
    assert errors.pop(wrong) == pytest.approx(1e-7, rel=0.1)
    assert check_loss(NearlySquare(), x, 0 * x) >= 0.99e-9
    assert check_regularizer(NearlyRidge(), x) >= 0.99e-9


def test_in_a_network_the_tape_sees_every_element():
    """One element in 400 is wrong, and is none of the 20 that differences look at."""
    rng = np.random.default_rng(0)

    class OneWrong(gn.Layer):
        def parameters(self, shape):
            return {"a": gn.Parameter(shape, initializer="ones")}

        def forward(self, params, x, ctx):
            return x * params["a"], x

        def backward(self, params, cache, dy, grads, ctx):
            grads["a"][...] = (dy * cache).sum(axis=0)
            grads["a"][37] *= 2
            return dy * params["a"]

    net = gn.Network([OneWrong(), "dense(2, regularizer=l2(0.1))"]).build((400,))
    x, y = rng.normal(size=(3, 400)), rng.normal(size=(3, 2))
    errors = gn.check_gradients(net, x, y, "mse", max_elements=20)
    looked_at = np.sort(np.random.default_rng(0).choice(400, 20, replace=False))
    assert 37 not in looked_at
    assert errors["0.a"] > 1e-3
    assert max(errors["1.weights"], errors["1.bias"]) < 1e-6


class Foreign(gn.Layer):
    """An operation that the tape does not know, with its derivative."""

    factor: float = gn.option(1.0)

    def forward(self, params, x, ctx):
        return np.apply_along_axis(np.arcsinh, -1, x), x

    def backward(self, params, cache, dy, grads, ctx):
        return dy / np.sqrt(1 + cache * cache) * self.factor


class WantsPlainArrays(gn.Layer):
    """The tape reports no error for other arrays."""

    def forward(self, params, x, ctx):
        return np.multiply(x, 1.0) if isinstance(x, np.ndarray) else {}[x], None

    def backward(self, params, cache, dy, grads, ctx):
        return dy


def test_untraceable_code_is_compared_with_differences_alone():
    x = np.random.default_rng(0).normal(size=(3, 4))
    assert check_layer(Foreign(), x)["input"] < 1e-8
    assert check_layer(Foreign(2.0), x)["input"] > 0.4
    assert check_layer(WantsPlainArrays(), x)["input"] < 1e-8
    net = gn.Network(["dense(3)", Foreign(), "dense(1)"]).build((4,))
    assert max(gn.check_gradients(net, x, np.ones(3), "mse").values()) < 1e-6
    net = gn.Network(["dense(3)", Foreign(2.0), "dense(1)"]).build((4,))
    assert gn.check_gradients(net, x, np.ones(3), "mse")["0.weights"] > 0.4


def test_at_kinks_of_the_parts_of_a_smooth_whole_the_tape_is_not_asked():
    """A fresh network gives 0 for (0, 0), where the |z| in the sigmoid has a kink, and the sigmoid has none."""
    net = gn.Network("dense(2) tanh dense(1) sigmoid").build((2,), seed=3)
    x, y = np.array([[0, 0], [0, 1.0]]), np.array([[0], [1.0]])
    assert max(gn.check_gradients(net, x, y, "mse").values()) < 1e-6
    assert check_layer(gn.activations.sigmoid(), np.zeros((2, 2)))["input"] < 1e-8


@pytest.mark.parametrize(
    "operation",
    [
        *(np.abs, lambda x: np.maximum(x, 0.0), lambda x: np.minimum(0.0, x), lambda x: x.max(-1)),
        *(lambda x: np.min(x, axis=0), lambda x: np.max(x, axis=1, keepdims=True), np.max),
    ],
)
def test_kinks_are_seen_where_they_count_and_there_alone(operation):
    class Bent(gn.Loss):
        def forward(self, y_pred, y_true):
            return np.sum(operation(y_pred)) + np.sum(0 * np.abs(y_pred))

    smooth, bent = np.array([[0.5, -1.0], [2.0, 3.0]]), np.zeros((2, 2))
    loss_gradient(Bent(), smooth, smooth, smooth=True)
    with pytest.raises(gn.TracingError, match="has a kink"):
        loss_gradient(Bent(), bent, bent, smooth=True)


def test_what_is_not_trained_is_not_compared():
    net = gn.Network("dense(3, trainable=False) tanh dense(1)").build((2,))
    errors = gn.check_gradients(net, np.random.default_rng(0).normal(size=(4, 2)), np.ones(4), "mse")
    assert list(errors) == ["2.weights", "2.bias"]
    assert max(errors.values()) < 1e-6


@pytest.mark.parametrize(
    ("function", "at"),
    [
        (np.abs, [0.0, 1.0]),
        (lambda x: np.maximum(x, 1.0).sum(), [1.0, 2.0]),
        (np.max, [2.0, 2.0]),
        (np.minimum.reduce, [2.0, 2.0]),
        (lambda x: np.max(x[None], axis=1), [2.0, 2.0]),
        (np.linalg.norm, [0.0, 0.0]),
        (lambda x: np.hypot(x, x), [0.0, 1.0]),
        (lambda x: np.sort(x)[0], [2.0, 2.0]),
        (np.median, [2.0, 2.0]),
    ],
)
def test_a_kink_that_matters_is_refused_where_the_tape_is_to_be_smooth(function, at) -> None:
    def taken_back(values) -> None:
        tape = Tape()
        y = function(tape.array(values))
        backward(tape, y, np.ones(np.shape(y)), smooth=True)

    with pytest.raises(gn.TracingError, match="has a kink at"):
        taken_back(at)
    taken_back([0.5, 0.7])
