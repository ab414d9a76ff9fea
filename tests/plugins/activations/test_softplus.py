from __future__ import annotations

import math

import numpy as np
import pytest

import glassnet as gn


def test_values_worked_out_by_hand():
    y = gn.activations.softplus().forward(np.array([[0.0, math.log(2), -math.log(2)]]))

    np.testing.assert_allclose(y, [[math.log(2), math.log(3), math.log(1.5)]], rtol=1e-15)


def test_gradients_are_the_sigmoid():
    x, softplus = np.array([[0.0, math.log(3), -math.log(3)]]), gn.activations.softplus()

    dx = softplus.backward(np.array([[2.0, 4.0, -4.0]]), x, softplus.forward(x))

    np.testing.assert_allclose(dx, [[1.0, 3.0, -1.0]], rtol=1e-14)


def test_beta_squeezes_the_curve():
    x, softplus = np.array([[0.0, math.log(3) / 2]]), gn.activations.softplus(beta=2)
    y = softplus.forward(x)

    np.testing.assert_allclose(y, [[math.log(2) / 2, math.log(4) / 2]], rtol=1e-15)
    np.testing.assert_allclose(softplus.backward(np.ones_like(x), x, y), [[0.5, 0.75]], rtol=1e-15)


@pytest.mark.parametrize(("dtype", "tolerance"), [("float32", 1e-6), ("float64", 1e-14)])
def test_small_values_keep_their_digits(dtype, tolerance):
    y = gn.activations.softplus().forward(np.array([-40.0, -80.0], dtype))

    np.testing.assert_allclose(y, [math.exp(-40), math.exp(-80)], rtol=tolerance)


def test_the_ends_are_exact():
    softplus, x = gn.activations.softplus(), np.array([1e4, -1e4], "float32")
    y = softplus.forward(x)

    np.testing.assert_array_equal(y, [1e4, 0])
    np.testing.assert_array_equal(softplus.backward(np.ones_like(x), x, y), [1, 0])


def test_it_is_itself_where_pytorch_goes_over_to_the_identity():
    y = gn.activations.softplus().forward(np.array([21.0]))

    assert y[0] > 21.0
    np.testing.assert_allclose(y - 21.0, [math.exp(-21)], rtol=1e-5)
