from __future__ import annotations

import numpy as np
import pytest

import glassnet as gn


def test_negative_values_become_a_hundredth():
    y = gn.activations.leaky_relu().forward(np.array([[-300.0, -0.5, 0.0, 0.5, 300.0]]))

    np.testing.assert_array_equal(y, [[-3.0, -0.005, 0.0, 0.5, 300.0]])


def test_the_gradient_is_the_slope_where_the_input_is_not_positive():
    x = np.array([[-3.0, 0.0, 2.0]])
    leaky_relu = gn.activations.leaky_relu(negative_slope=0.25)

    dx = leaky_relu.backward(np.array([[8.0, 8.0, 8.0]]), x, leaky_relu.forward(x))

    np.testing.assert_array_equal(dx, [[2.0, 2.0, 8.0]])


@pytest.mark.parametrize("slope", [0.0, 1.0])
def test_with_slope_0_it_is_relu_and_with_1_the_identity(slope):
    x = np.array([[-3.0, 0.0, 2.0]])

    y = gn.activations.leaky_relu(slope).forward(x)

    np.testing.assert_array_equal(y, [[-3.0 * slope, 0.0, 2.0]])


@pytest.mark.parametrize("slope", [-0.1, 1.1])
def test_a_slope_that_does_not_leak_is_refused(slope):
    with pytest.raises(gn.OptionError, match="leaky_relu: negative_slope must be >= 0 and <= 1"):
        gn.activations.leaky_relu(slope)
