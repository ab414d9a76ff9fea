"""exp, sin and cos of float32 that compiled code computes itself, beside NumPy's."""

import numpy as np
import pytest

from glassnet_fusion import agreement, own_functions
from glassnet_fusion.fused_function import FusedFunction

FUNCTIONS = [np.exp, np.sin, np.cos]
# Ends of what a polynomial takes, zeros, halves of ulps between quadrants, and numbers of every size.
EDGES = [
    88.72283,
    88.72284,
    -87.33655,
    -103.27893,
    -103.97208,
    -103.97209,
    117435.992,
    117436.0,
    71476.06,
    71476.07,
    1e30,
]
EDGES += [np.pi / 4, np.pi / 2, 168.86061, 1540.1659, 0.0, -0.0, 1e-45, 1e-38, np.inf, -np.inf, np.nan]


@pytest.fixture
def forgets():
    """Forget before and after a test what was found about this machine."""
    agreement.agrees.cache_clear()
    yield
    agreement.agrees.cache_clear()


def numbers(size):
    x = (10.0 ** np.random.default_rng(size).uniform(-44, 38, size)).astype(np.float32)
    x[::2] *= -1
    return x


@pytest.mark.parametrize("function", FUNCTIONS, ids=lambda function: function.__name__)
def test_every_bit_is_numpys_in_the_whole_range(function, compiled, same_bytes):
    def formula(x):
        return function(x) * x

    x = np.concatenate([np.array(EDGES, np.float32), -np.array(EDGES, np.float32), numbers(30_000)])
    fused = FusedFunction(formula, formula)
    with np.errstate(all="ignore"):
        same_bytes(compiled(fused, x), formula(x))
    assert fused.has_run


def test_numbers_beyond_the_bounds_are_numpys_in_their_piece_alone(compiled, same_bytes):
    def formula(x, y):
        return np.sin(x) * np.cos(np.sin(y) + x) + np.exp(-np.square(y))

    x, y = np.random.default_rng(0).normal(0, 3, (2, 5000)).astype(np.float32)
    x[[1500, 4999]], y[10] = 3e6, -2e5
    same_bytes(compiled(FusedFunction(formula, formula), x, y), formula(x, y))


@pytest.mark.parametrize("width", [1, 3, 10, 33])
def test_exp_within_rows_is_numpys(width, compiled, same_bytes):
    def formula(x):
        e = np.exp(x - x.max(axis=-1, keepdims=True))
        return e / e.sum(axis=-1, keepdims=True)

    x = numbers(3000 * width).reshape(3000, width) % 300
    fused = FusedFunction(formula, formula)
    same_bytes(compiled(fused, x), formula(x))
    assert fused.has_run


def test_an_argument_that_is_written_over_is_read_before(compiled, same_bytes):
    def formula(x):
        x[...] = np.sin(x) + x
        return np.cos(x)

    x, again = numbers(3000) % 7, numbers(3000) % 7
    fused = FusedFunction(formula, formula)
    fused(x.copy())
    y = compiled(fused, x)
    wanted = formula(again)
    same_bytes(y, wanted)
    same_bytes(x, again)


@pytest.mark.parametrize("function", FUNCTIONS, ids=lambda function: function.__name__)
def test_what_differs_from_numpys_bytes_is_not_used(function, compiled, same_bytes, forgets, monkeypatch):
    monkeypatch.setattr("glassnet_fusion.programs._programs", {})
    monkeypatch.setitem(own_functions.FUNCTIONS, function, lambda build, x: build.fmul(x, x))
    assert not agreement.agrees(function)

    def formula(x):
        return function(x) - x

    x = numbers(2000)
    with np.errstate(all="ignore"):
        same_bytes(compiled(FusedFunction(formula, formula), x), formula(x))
