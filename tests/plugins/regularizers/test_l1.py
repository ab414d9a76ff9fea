from __future__ import annotations

import numpy as np
import pytest

import glassnet as gn

W = np.array([[1.0, -2.0], [0.0, 0.5]])


def test_the_penalty_is_the_strength_times_the_sum_of_absolute_values():
    assert gn.regularizers.l1(0.1).penalty(W) == pytest.approx(0.1 * 3.5, rel=1e-15)


def test_the_gradient_is_the_strength_times_the_weights_sign():
    np.testing.assert_array_equal(gn.regularizers.l1(0.1).gradient(W), [[0.1, -0.1], [0.0, 0.1]])


def test_a_negative_strength_is_refused():
    with pytest.raises(gn.OptionError, match="l1: strength must be >= 0"):
        gn.regularizers.l1(-0.1)
