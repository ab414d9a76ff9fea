from __future__ import annotations

import math

import numpy as np

import glassnet as gn

# The sigmoid of ln 3 is 3/4, that of -ln 3 is 1/4.
X = np.array([[0.0, math.log(3), -math.log(3)]])


def test_values_worked_out_by_hand():
    y = gn.activations.silu().forward(X)

    np.testing.assert_allclose(y, [[0.0, 0.75 * math.log(3), -0.25 * math.log(3)]], rtol=1e-15)


def test_gradients_worked_out_by_hand():
    # s + x s (1 - s)
    silu = gn.activations.silu()

    dx = silu.backward(np.array([[2.0, 16.0, -16.0]]), X, silu.forward(X))

    np.testing.assert_allclose(dx, [[1.0, 12 + 3 * math.log(3), -4 + 3 * math.log(3)]], rtol=1e-14)


def test_the_ends_are_exact():
    silu, x = gn.activations.silu(), np.array([1e4, -1e4], "float32")
    y = silu.forward(x)

    np.testing.assert_array_equal(y, [1e4, 0])
    np.testing.assert_array_equal(silu.backward(np.ones_like(x), x, y), [1, 0])
