"""The extremes of rows, which compiled code finds by vectors, have NumPy's bytes."""

import numpy as np
import pytest

from glassnet_fusion.fused_function import FusedFunction


def largest(x):
    return x * 2 - x.max(axis=-1, keepdims=True)


def smallest(x):
    return x * 2 - x.min(axis=-1, keepdims=True)


@pytest.fixture
def check(compiled, same_bytes):
    """Return a function that compares what compiled code computes with NumPy's bytes."""

    def compare(formula, x):
        fused = FusedFunction(formula, formula)
        with np.errstate(invalid="ignore"):
            same_bytes(compiled(fused, x), formula(x))
        assert fused.has_run

    return compare


@pytest.fixture(params=["float32", "float64"])
def rows(request):
    """``rows(width)`` returns a row of numbers for each place in it."""
    rng = np.random.default_rng(0)
    return lambda width: rng.normal(size=(width, width)).astype(request.param)


# Less than a vector of 16 numbers, some vectors, and some vectors with a rest.
@pytest.mark.parametrize("width", [3, 16, 17, 32, 47, 64, 130])
@pytest.mark.parametrize("formula", [largest, smallest])
def test_an_extreme_is_found_at_every_place(formula, width, rows, check):
    x = rows(width)
    np.fill_diagonal(x, 50 if formula is largest else -50)
    check(formula, x)


@pytest.mark.parametrize("special", [np.nan, np.inf, -np.inf])
@pytest.mark.parametrize("formula", [largest, smallest])
def test_special_numbers_are_found_at_every_place(formula, special, rows, check):
    x = rows(50)
    np.fill_diagonal(x, special)
    check(formula, x)


@pytest.mark.parametrize("formula", [largest, smallest])
def test_of_zeros_with_two_signs_it_is_the_one_that_numpy_finds(formula, rows, check):
    x = np.zeros_like(rows(50))
    x[np.random.default_rng(0).random(x.shape) < 0.5] = -0.0
    check(formula, x)
