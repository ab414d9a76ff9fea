"""Differences where rounding hides a slope: in a long sum, and beside a large term."""

import numpy as np

from glassnet_testing.checks.slopes import compare_gradient


def test_a_slope_below_the_last_digit_of_a_sum_is_no_mistake():
    x = np.array([0.5])

    # A step of 1e-6 changes the sum by 1e-12, and the last digit of 1e5 is 1.5e-11.
    failure = compare_gradient(lambda: np.array([1e5 + 1e-6 * x[0]]), x, np.array([1e-6]), "x", "a long sum")

    assert failure is None


def test_a_slope_that_the_sum_would_show_is_a_mistake():
    x = np.array([0.5])

    failure = compare_gradient(lambda: np.array([1000 + 0 * x[0]]), x, np.array([1e-3]), "x", "a long sum")

    assert failure is not None
    assert failure.got == "0.001"


def test_a_large_term_that_does_not_move_hides_nothing():
    x = np.array([0.5])

    failure = compare_gradient(lambda: np.array([1e12, 2 * x[0]]), x, np.array([2.01]), "x", "two terms")

    assert failure is not None
