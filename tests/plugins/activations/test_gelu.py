from __future__ import annotations

import math

import numpy as np
import pytest

import glassnet as gn
from glassnet_activations.normal_distribution import normal_cdf

EXACT, TANH = gn.activations.gelu(), gn.activations.gelu(approximate="tanh")


def cdf(x):
    # erfc, and not 1 + erf: that would lose the digits of the left tail.
    return math.erfc(-x / math.sqrt(2)) / 2


def density(x):
    return math.exp(-x * x / 2) / math.sqrt(2 * math.pi)


def test_values_from_tables_of_the_normal_distribution():
    # Abramowitz and Stegun (1964), table 26.1: P(1) = 0.841344746068543, P(2) = 0.977249868051821.
    y = EXACT.forward(np.array([[0.0, 1.0, -1.0, 2.0, -2.0]]))

    expected = [0, 0.841344746068543, -(1 - 0.841344746068543), 2 * 0.977249868051821, -2 * (1 - 0.977249868051821)]
    np.testing.assert_allclose(y, [expected], rtol=1e-13)


def test_gradients_worked_out_by_hand():
    x = np.array([0.0, 1.0, -1.0, 0.3, -4.0])

    dx = EXACT.backward(np.full(5, 3.0), x, EXACT.forward(x))

    np.testing.assert_allclose(dx, [3 * (cdf(v) + v * density(v)) for v in x], rtol=1e-13)


def test_the_distribution_function_is_right_in_float64():
    x = np.concatenate([np.linspace(-8, 8, 1601), [0.0, -0.0, 1e-300, -1e-300, 1e-9, -1e-9]])

    # A rounding of x² is multiplied by x²/2, 32 here, in exp(-x²/2); and as much in the expected value.
    np.testing.assert_allclose(normal_cdf(x), [cdf(v) for v in x], rtol=2e-14)
    middle = np.abs(x) < 2
    np.testing.assert_allclose(normal_cdf(x[middle]), [cdf(v) for v in x[middle]], rtol=3e-15)


def test_the_left_tail_is_right_until_it_is_too_small_for_float64():
    x = np.linspace(-37.5, -8, 60)

    np.testing.assert_allclose(normal_cdf(x), [cdf(v) for v in x], rtol=1e-12)


def test_the_distribution_function_is_right_in_float32():
    x = np.linspace(-6, 6, 1201, dtype="float32")

    expected = [cdf(float(v)) for v in x]
    np.testing.assert_allclose(normal_cdf(x), expected, rtol=0, atol=2.5e-7)
    np.testing.assert_allclose(normal_cdf(x), expected, rtol=2e-6)


@pytest.mark.parametrize("shape", [(8192,), (8193,), (100, 83), (3, 50, 60, 4)])
def test_large_arrays_are_computed_in_parts_that_give_the_whole(shape):
    x = np.random.default_rng(0).normal(size=shape)

    # Every other row too: an array with gaps in it.
    for part in (x, x[::2]):
        values = normal_cdf(part)
        assert values.shape == part.shape
        np.testing.assert_allclose(values, np.vectorize(cdf)(part), rtol=1e-13)


def test_it_grows_without_a_step_at_zero():
    x = np.array([-1e-9, 0.0, 1e-9])

    values = normal_cdf(x)

    assert values[1] == pytest.approx(0.5, rel=2e-16)
    np.testing.assert_allclose(np.diff(values), 1e-9 * density(0), rtol=1e-6)


def test_the_approximation_is_near_to_it():
    x = np.linspace(-6, 6, 2401)
    difference = np.abs(TANH.forward(x) - EXACT.forward(x))

    assert 1e-4 < difference.max() < 5e-4


def test_values_of_the_approximation_worked_out_by_hand():
    x = np.array([0.0, 0.5, -0.5, 2.0, -2.0])

    expected = [v / 2 * (1 + math.tanh(math.sqrt(2 / math.pi) * (v + 0.044715 * v**3))) for v in x]
    np.testing.assert_allclose(TANH.forward(x), expected, rtol=1e-13)


@pytest.mark.parametrize("gelu", [EXACT, TANH], ids=["exact", "tanh"])
def test_the_ends_are_exact(gelu):
    x = np.array([1e4, -1e4], "float32")
    y = gelu.forward(x)

    np.testing.assert_array_equal(y, [1e4, 0])
    np.testing.assert_array_equal(gelu.backward(np.ones_like(x), x, y), [1, 0])


@pytest.mark.parametrize("gelu", [EXACT, TANH], ids=["exact", "tanh"])
@pytest.mark.parametrize("x", [0.0, -0.0, 1e-45, -1e-45, 1e-38, 1e-20, -1e-20])
def test_the_derivative_next_to_zero_is_one_half(gelu, x):
    x = np.array([x], "float32")

    np.testing.assert_allclose(gelu.backward(np.ones_like(x), x, gelu.forward(x)), [0.5], rtol=3e-7)


def test_there_are_two_ways_to_compute_it():
    with pytest.raises(gn.OptionError, match="gelu: approximate must be one of 'none', 'tanh'"):
        gn.activations.gelu(approximate="erf")
