"""Comparisons of arrays that report what differs."""

from __future__ import annotations

from typing import Any

import numpy as np

from glassnet.types import Array
from glassnet_testing.runner.check import Failure


def same_bytes(got: Any, expected: Any) -> bool:
    """Tell whether two arrays are equal in type, shape and every bit; NaN equals NaN."""
    a, b = np.asarray(got), np.asarray(expected)
    return a.dtype == b.dtype and a.shape == b.shape and a.tobytes() == b.tobytes()


def close(got: Array, expected: Array, tolerance: float) -> bool:
    """Tell whether two arrays have one shape, equal infinities, and differ by little next to their largest number."""
    got, expected = np.asarray(got), np.asarray(expected)
    if got.shape != expected.shape:
        return False
    infinite = np.isinf(expected)
    if infinite.any():
        if not np.array_equal(got[infinite], expected[infinite]):
            return False
        got, expected = got[~infinite], expected[~infinite]
    if got.size == 0:
        return True
    largest = max(float(np.abs(expected).max()), 1.0)
    return bool(np.abs(got - expected).max() <= tolerance * largest)


def first_difference(input: Any, expected: list[Array], got: list[Array], hint: str = "") -> Failure | None:
    """Return a failure that shows the first pair of results that are not equal to the last bit."""
    for wanted, given in zip(expected, got, strict=True):
        if not same_bytes(given, wanted):
            return Failure(input, wanted, given, hint)
    return None
