from __future__ import annotations

import math

import numpy as np
import pytest

import glassnet as gn

# exp(-ln 2) - 1 = -1/2, exp(-ln 4) - 1 = -3/4.
X = np.array([[3.0, 0.0, -math.log(2), -math.log(4)]])


@pytest.mark.parametrize("alpha", [1.0, 0.5, 2.0])
def test_values_worked_out_by_hand(alpha):
    y = gn.activations.elu(alpha).forward(X)

    np.testing.assert_allclose(y, [[3.0, 0.0, -alpha / 2, -0.75 * alpha]], rtol=1e-15)


@pytest.mark.parametrize("alpha", [1.0, 0.5, 2.0])
def test_gradients_worked_out_by_hand(alpha):
    # alpha exp(x) on the left of zero and at it: alpha / 2 at -ln 2, alpha / 4 at -ln 4.
    elu = gn.activations.elu(alpha)

    dx = elu.backward(np.array([[8.0, 8.0, 8.0, -8.0]]), X, elu.forward(X))

    np.testing.assert_allclose(dx, [[8.0, 8 * alpha, 4 * alpha, -2 * alpha]], rtol=1e-14)


def test_small_negative_values_keep_their_digits():
    # exp(x) - 1 is x + x²/2; computed by a subtraction it would have lost eight digits.
    y = gn.activations.elu().forward(np.array([-1e-8]))

    np.testing.assert_allclose(y, [-1e-8 + 0.5e-16], rtol=1e-15)


def test_the_limit_is_minus_alpha():
    y = gn.activations.elu(alpha=1.5).forward(np.array([-1e4], "float32"))

    np.testing.assert_array_equal(y, [-1.5])


@pytest.mark.parametrize("alpha", [0, -1])
def test_an_alpha_that_does_not_bend_is_refused(alpha):
    with pytest.raises(gn.OptionError, match="elu: alpha must be > 0"):
        gn.activations.elu(alpha)
