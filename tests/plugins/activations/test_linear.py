from __future__ import annotations

import numpy as np

import glassnet as gn


def test_both_directions_change_nothing():
    x, dy = np.array([[-2.0, 0.0, 3.0]]), np.array([[1.0, -1.0, 0.5]])
    linear = gn.activations.linear()

    np.testing.assert_array_equal(linear.forward(x), [[-2.0, 0.0, 3.0]])
    np.testing.assert_array_equal(linear.backward(dy, x, x), [[1.0, -1.0, 0.5]])


def test_it_promises_nothing_about_its_outputs():
    linear = gn.activations.linear()

    assert (linear.output_type, linear.inverse_link, linear.initializer) == ("values", None, None)
