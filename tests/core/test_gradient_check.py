"""The gradient checks themselves: they measure a known derivative, and they see a wrong one."""

import numpy as np
import pytest

import glassnet as gn
from glassnet.gradient_check import central_difference, check_layer, check_loss, check_regularizer, relative_error


def test_central_differences_of_a_cubic():
    x = np.array([[0.5, -2.0], [3.0, 1.5]])
    kept = x.copy()
    slopes = central_difference(lambda: float(np.sum(x**3)), x)
    np.testing.assert_allclose(slopes, 3 * x**2, rtol=1e-6)
    np.testing.assert_array_equal(x, kept)


def test_central_differences_refuse_float32_and_copies():
    with pytest.raises(TypeError, match="float64"):
        central_difference(lambda: 0.0, np.zeros(2, np.float32))
    with pytest.raises(TypeError, match="contiguous"):
        central_difference(lambda: 0.0, np.zeros((4, 4))[:, :2])


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
    before = net.vector.copy()
    errors = gn.check_gradients(net, rng.normal(size=(5, 4)), rng.integers(0, 3, 5), "cce")
    assert list(errors) == ["0.weights", "0.bias", "3.weights", "3.bias"]
    assert max(errors.values()) < 1e-6
    np.testing.assert_array_equal(net.vector, before)


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
