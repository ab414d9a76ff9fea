from __future__ import annotations

import math

import numpy as np

import glassnet as gn


def test_values_worked_out_by_hand():
    # tanh(ln(3) / 2) = (3 - 1) / (3 + 1).
    x = np.array([[0.0, math.log(3) / 2, -math.log(3) / 2, math.log(9) / 2]])

    np.testing.assert_allclose(gn.activations.tanh().forward(x), [[0.0, 0.5, -0.5, 0.8]], rtol=1e-15)


def test_gradients_worked_out_by_hand():
    # 1 - y²: 1 at 0, 3/4 at ±ln(3) / 2.
    x = np.array([[0.0, math.log(3) / 2, -math.log(3) / 2]])
    tanh = gn.activations.tanh()

    dx = tanh.backward(np.array([[2.0, 4.0, -4.0]]), x, tanh.forward(x))

    np.testing.assert_allclose(dx, [[2.0, 3.0, -3.0]], rtol=1e-14)


def test_the_ends_are_exact():
    y = gn.activations.tanh().forward(np.array([1e4, -1e4], "float32"))

    np.testing.assert_array_equal(y, [1, -1])


def test_its_outputs_are_no_probabilities():
    tanh = gn.activations.tanh()

    assert (tanh.output_type, tanh.inverse_link) == ("values", None)
