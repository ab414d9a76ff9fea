from __future__ import annotations

import math

import numpy as np
import pytest

import glassnet as gn

X = np.log([[0.1, 0.2, 0.7]])


@pytest.mark.parametrize("offset", [0.0, 5.0, -300.0, 1e4])
def test_values_worked_out_by_hand_whatever_is_added_to_a_row(offset):
    y = gn.activations.log_softmax().forward(X + offset)

    # An offset of 1e4 costs four of the sixteen digits.
    np.testing.assert_allclose(y, np.log([[0.1, 0.2, 0.7]]), rtol=1e-11)


def test_gradients_worked_out_by_hand():
    # dy_i - p_i sum dy with dy = (2, 0, -1): the sum is 1.
    log_softmax = gn.activations.log_softmax()

    dx = log_softmax.backward(np.array([[2.0, 0.0, -1.0]]), X, log_softmax.forward(X))

    np.testing.assert_allclose(dx, [[1.9, -0.2, -1.7]], rtol=1e-14)


def test_a_probability_too_small_to_be_held_has_its_logarithm():
    y = gn.activations.log_softmax().forward(np.array([[0.0, -1e4, 0.0]], "float32"))

    np.testing.assert_allclose(y, [[-math.log(2), -1e4 - math.log(2), -math.log(2)]], rtol=1e-6)


def test_rows_do_not_touch_each_other():
    x = np.random.default_rng(0).normal(size=(4, 2, 5))
    log_softmax = gn.activations.log_softmax()

    np.testing.assert_array_equal(log_softmax.forward(x)[2:3], log_softmax.forward(x[2:3]))
    np.testing.assert_allclose(np.exp(log_softmax.forward(x)).sum(axis=-1), np.ones((4, 2)), rtol=1e-14)


def test_with_it_cross_entropy_from_logits_is_the_log_likelihood():
    network = gn.Network(["dense(4)", "log_softmax"]).build((3,), seed=0, dtype="float64")
    rng = np.random.default_rng(0)
    x, y = rng.normal(size=(20, 3)), rng.integers(0, 4, 20)

    # No warning: they belong together.
    figures = network.evaluate(x, y, loss="categorical_crossentropy(from_logits=True)", metrics=["accuracy"])

    log_p = network.predict(x)
    assert figures["loss"] == pytest.approx(-np.mean([log_p[i, y[i]] for i in range(20)]), rel=1e-13)
    assert figures["accuracy"] == np.mean(log_p.argmax(axis=1) == y)


@pytest.mark.parametrize("loss", ["categorical_crossentropy", "kl_divergence"])
def test_a_loss_that_expects_probabilities_is_warned_of(loss):
    network = gn.Network(["dense(2)", "log_softmax"]).build((3,), seed=0)

    with pytest.warns(gn.GlassnetWarning, match="expects distribution, and 'log_softmax' gives values of any size"):
        network.evaluate(np.zeros((2, 3)), np.eye(2), loss=loss, metrics=[])
