from __future__ import annotations

import numpy as np
import pytest

import glassnet as gn

W = np.array([[1.0, -2.0], [0.0, 0.5]])


def test_the_penalty_is_the_sum_of_squares_without_a_half():
    assert gn.regularizers.l2(0.1).penalty(W) == pytest.approx(0.1 * 5.25, rel=1e-15)


def test_the_gradient_is_twice_the_strength_times_the_weight():
    np.testing.assert_allclose(gn.regularizers.l2(0.1).gradient(W), [[0.2, -0.4], [0.0, 0.1]], rtol=1e-15)


def test_half_of_pytorchs_weight_decay_shrinks_weights_as_much():
    # SGD with weight_decay=d adds d w to the gradient.
    weight_decay = 0.01

    np.testing.assert_allclose(gn.regularizers.l2(weight_decay / 2).gradient(W), weight_decay * W, rtol=1e-15)


def test_a_negative_strength_is_refused():
    with pytest.raises(gn.OptionError, match="l2: strength must be >= 0"):
        gn.regularizers.l2(-0.1)
