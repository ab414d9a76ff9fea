from __future__ import annotations

import math

import numpy as np
import pytest

import glassnet as gn

# The logarithms of probabilities come out as those probabilities.
X = np.log([[0.1, 0.2, 0.7]])


@pytest.mark.parametrize("offset", [0.0, 5.0, -300.0, 1e4])
def test_values_worked_out_by_hand_whatever_is_added_to_a_row(offset):
    y = gn.activations.softmax().forward(X + offset)

    # An offset of 1e4 costs four of the sixteen digits.
    np.testing.assert_allclose(y, [[0.1, 0.2, 0.7]], rtol=1e-11)


def test_gradients_worked_out_by_hand():
    # y_i (dy_i - sum_k dy_k y_k) with dy = (1, 0, 0): 0.1 · 0.9, 0.2 · (-0.1), 0.7 · (-0.1).
    softmax = gn.activations.softmax()

    dx = softmax.backward(np.array([[1.0, 0.0, 0.0]]), X, softmax.forward(X))

    np.testing.assert_allclose(dx, [[0.09, -0.02, -0.07]], rtol=1e-14)


def test_backward_is_not_its_input_gradient_passed_on():
    # The same push on every output changes nothing: a row always sums to 1.
    softmax = gn.activations.softmax()

    dx = softmax.backward(np.ones((1, 3)), X, softmax.forward(X))

    np.testing.assert_allclose(dx, [[0, 0, 0]], atol=1e-15)


def test_backward_multiplies_by_the_whole_jacobian():
    rng = np.random.default_rng(0)
    x, dy = rng.normal(size=(1, 5)), rng.normal(size=(1, 5))
    softmax = gn.activations.softmax()
    p = [math.exp(v) / sum(math.exp(u) for u in x[0]) for v in x[0]]
    jacobian = [[p[i] * ((i == k) - p[k]) for k in range(5)] for i in range(5)]

    dx = softmax.backward(dy, x, softmax.forward(x))

    np.testing.assert_allclose(dx[0], np.array(jacobian).T @ dy[0], rtol=1e-12)


def test_each_row_is_a_distribution_along_the_last_axis():
    x = np.random.default_rng(0).normal(size=(4, 3, 5)) * 3

    y = gn.activations.softmax().forward(x)

    assert (y > 0).all()
    np.testing.assert_allclose(y.sum(axis=-1), np.ones((4, 3)), rtol=1e-14)
    assert y.sum(axis=1) != pytest.approx(np.ones((4, 5)))


def test_rows_do_not_touch_each_other():
    x = np.random.default_rng(0).normal(size=(4, 5))
    softmax = gn.activations.softmax()

    np.testing.assert_array_equal(softmax.forward(x)[2:3], softmax.forward(x[2:3]))


def test_the_ends_are_exact():
    x = np.array([[1e4, -1e4, 0], [1e4, 1e4, -1e4], [-1e4, -1e4, -1e4]], "float32")

    y = gn.activations.softmax().forward(x)

    third = np.float32(1 / 3)
    np.testing.assert_allclose(y, [[1, 0, 0], [0.5, 0.5, 0], [third, third, third]], rtol=1e-7)


def test_it_says_that_its_outputs_are_a_distribution_of_the_softmax_link():
    softmax = gn.activations.softmax()

    assert (softmax.output_type, softmax.inverse_link) == ("distribution", "softmax")


def test_softmax_of_a_softmax_is_refused():
    with pytest.raises(gn.ShapeError, match="layer 2 'softmax' follows 'softmax'"):
        gn.Network(["dense(3)", "softmax", "softmax"])
