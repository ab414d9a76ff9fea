from __future__ import annotations

import math

import numpy as np
import pytest

import glassnet as gn


def test_values_worked_out_by_hand():
    # softplus(0) = ln 2, tanh(ln 2) = (4 - 1) / (4 + 1). softplus(ln 2) = ln 3, tanh(ln 3) = (9 - 1) / (9 + 1).
    y = gn.activations.mish().forward(np.array([[0.0, math.log(2), -math.log(2)]]))

    # softplus(-ln 2) = ln 1.5, tanh(ln 1.5) = (2.25 - 1) / (2.25 + 1).
    np.testing.assert_allclose(y, [[0.0, 0.8 * math.log(2), -1.25 / 3.25 * math.log(2)]], rtol=1e-15)


def test_gradients_worked_out_by_hand():
    # tanh(u) + x (1 - tanh(u)²) sigmoid(x): 0.6 at 0, 0.8 + ln 2 · 0.36 · 2/3 at ln 2.
    x, mish = np.array([[0.0, math.log(2)]]), gn.activations.mish()

    dx = mish.backward(np.array([[10.0, 10.0]]), x, mish.forward(x))

    np.testing.assert_allclose(dx, [[6.0, 8 + 2.4 * math.log(2)]], rtol=1e-14)


@pytest.mark.parametrize(("dtype", "tolerance"), [("float32", 1e-6), ("float64", 1e-14)])
def test_the_left_tail_keeps_its_digits(dtype, tolerance):
    # There tanh(log(1 + e^x)) is e^x to all digits.
    x = np.array([-40.0, -80.0], dtype)

    y = gn.activations.mish().forward(x)

    np.testing.assert_allclose(y, [-40 * math.exp(-40), -80 * math.exp(-80)], rtol=tolerance)


def test_the_ends_are_exact():
    mish, x = gn.activations.mish(), np.array([1e4, 50, -1e4], "float32")
    y = mish.forward(x)

    np.testing.assert_array_equal(y, [1e4, 50, 0])
    np.testing.assert_array_equal(mish.backward(np.ones_like(x), x, y), [1, 1, 0])
