"""The message of a training that diverged names the operation, its numbers and its line."""

from __future__ import annotations

import numpy as np
import pytest

import glassnet as gn


class Log(gn.Activation):
    """A layer of somebody else, which is not defined below zero."""

    def forward(self, x):
        shifted = x + 1.0
        return np.log(shifted)

    def backward(self, dy, x, y):
        return dy / (x + 1.0)


class Ratio(gn.Layer):
    """A layer without a backward, within another one."""

    def output_shape(self, shape):
        return shape

    def forward(self, params, x, ctx):
        return x / (x - x), None


class Steep(gn.Loss):
    """A loss that overflows."""

    def forward(self, y_pred, y_true):
        return np.mean(np.exp(y_pred * 100.0)).item()

    def backward(self, y_pred, y_true):
        return 100 * np.exp(y_pred * 100.0) / y_pred.size


class Draw(gn.Layer):
    """A layer whose operation the tape does not know."""

    def output_shape(self, shape):
        return shape

    def forward(self, params, x, ctx):
        return np.array([[float("nan")] * x.shape[1] for _ in x], x.dtype), None

    def backward(self, params, cache, dy, grads, ctx):
        return dy


def error_of(layers: list, x: list[list[float]], loss: gn.Loss | str = "mse", **options) -> gn.NonFiniteError:
    net = gn.Network(layers).build(len(x[0]), seed=0)
    with pytest.raises(gn.NonFiniteError) as caught:
        net.fit(np.array(x), np.zeros((len(x), *net.output_shape)), loss=loss, optimizer="sgd", epochs=1, **options)
    return caught.value


def test_the_logarithm_of_a_negative_number_is_named():
    error = error_of([Log()], [[0.5, -3.0]])
    line = Log.forward.__code__.co_firstlineno + 2
    assert f", first np.log(-2) = nan (test_first_operation.py, line {line})" in str(error)
    assert error.diverged["layer"] == "layer 0 'log'"


def test_an_operation_of_two_numbers_within_another_layer_is_named():
    assert "first np.divide(0.25, 0) = inf (test_first" in str(error_of([gn.layers.residual([Ratio()])], [[0.25]]))


def test_an_operation_of_a_loss_is_named():
    error = error_of(["linear"], [[0.5, 2.0]], Steep())
    assert "the loss is inf, first np.exp(200) = inf" in str(error)  # exp(50) is in float32, and exp(200) is not


def test_a_product_that_overflows_is_named_with_what_it_gives():
    layer = gn.layers.dense(1, weight_init="ones")
    assert "first np.matmul gives inf" in str(error_of([layer], [[3e38, 3e38]]))


def test_a_layer_that_the_tape_cannot_follow_is_named_without_an_operation():
    error = error_of([Draw()], [[1.0, 2.0]])
    assert "the output is nan" in str(error)
    assert ", first" not in str(error)
