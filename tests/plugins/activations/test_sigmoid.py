from __future__ import annotations

import math

import numpy as np
import pytest

import glassnet as gn


def test_values_worked_out_by_hand():
    # 1 / (1 + exp(-ln 3)) = 1 / (1 + 1/3) = 3/4.
    x = np.array([[0.0, math.log(3), -math.log(3), math.log(9)]])

    np.testing.assert_allclose(gn.activations.sigmoid().forward(x), [[0.5, 0.75, 0.25, 0.9]], rtol=1e-15)


def test_gradients_worked_out_by_hand():
    # y (1 - y): 1/4 at 0, 3/16 at ±ln 3.
    x = np.array([[0.0, math.log(3), -math.log(3)]])
    sigmoid = gn.activations.sigmoid()

    dx = sigmoid.backward(np.array([[1.0, 16.0, -16.0]]), x, sigmoid.forward(x))

    np.testing.assert_allclose(dx, [[0.25, 3.0, -3.0]], rtol=1e-14)


@pytest.mark.parametrize(("dtype", "tolerance"), [("float32", 1e-6), ("float64", 1e-14)])
def test_small_probabilities_keep_their_digits(dtype, tolerance):
    # Far on the left the sigmoid is exp(x) to all digits, where 1 + tanh(x/2) would be rounded to zero.
    x = np.array([-40.0, -60.0, -80.0], dtype)

    y = gn.activations.sigmoid().forward(x)

    np.testing.assert_allclose(y, [math.exp(-40), math.exp(-60), math.exp(-80)], rtol=tolerance)


def test_the_ends_are_exact():
    y = gn.activations.sigmoid().forward(np.array([1e4, -1e4], "float32"))

    np.testing.assert_array_equal(y, [1, 0])


def test_it_is_symmetric_about_one_half():
    x = np.linspace(-20, 20, 81)
    sigmoid = gn.activations.sigmoid()

    np.testing.assert_allclose(sigmoid.forward(x) + sigmoid.forward(-x), 1, rtol=1e-15)


def test_it_says_that_its_outputs_are_probabilities_of_the_logistic_link():
    sigmoid = gn.activations.sigmoid()

    assert (sigmoid.output_type, sigmoid.inverse_link) == ("probabilities", "logistic")
