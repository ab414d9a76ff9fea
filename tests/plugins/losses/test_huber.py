from __future__ import annotations

import numpy as np
import pytest

import glassnet as gn

# Errors of 0, 1/2, -1, 3 and -5.
Y_PRED = np.array([[1.0], [0.5], [-1.0], [5.0], [-5.0]])
Y_TRUE = np.array([[1.0], [0.0], [0.0], [2.0], [0.0]])


def test_small_errors_are_squared_and_large_ones_are_not():
    # 0, 1/8, 1/2, then delta (|e| - delta / 2): 2.5 and 4.5.
    assert gn.losses.huber().forward(Y_PRED, Y_TRUE) == (0 + 0.125 + 0.5 + 2.5 + 4.5) / 5


def test_delta_is_where_the_line_begins():
    # 0, 1/8, 1/2, then 2 (3 - 1) and 2 (5 - 1).
    assert gn.losses.huber(delta=2).forward(Y_PRED, Y_TRUE) == (0 + 0.125 + 0.5 + 4 + 8) / 5


def test_the_gradient_is_the_error_limited_to_delta_over_n():
    gradient = gn.losses.huber(delta=2).backward(Y_PRED, Y_TRUE)

    np.testing.assert_allclose(gradient, np.array([[0.0], [0.5], [-1.0], [2.0], [-2.0]]) / 5, rtol=1e-15)


def test_value_and_slope_have_no_step_at_delta():
    loss, zero = gn.losses.huber(delta=1.5), np.zeros((1, 1))
    below, above = np.array([[1.5 - 1e-9]]), np.array([[1.5 + 1e-9]])

    assert loss.forward(above, zero) - loss.forward(below, zero) == pytest.approx(3e-9, rel=1e-6)
    np.testing.assert_allclose(loss.backward(below, zero), loss.backward(above, zero), rtol=1e-8)


def test_float32_up_to_1e4_does_not_overflow():
    y_pred, y_true = np.full((3, 2), 1e4, "float32"), np.full((3, 2), -1e4, "float32")

    assert gn.losses.huber().forward(y_pred, y_true) == 2e4 - 0.5
    np.testing.assert_allclose(gn.losses.huber().backward(y_pred, y_true), np.full((3, 2), 1 / 6), rtol=1e-7)


@pytest.mark.parametrize("delta", [0, -1])
def test_a_delta_that_leaves_nothing_is_refused(delta):
    with pytest.raises(gn.OptionError, match="huber: delta must be > 0"):
        gn.losses.huber(delta)
