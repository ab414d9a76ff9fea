"""Numbers at which two ways to the same result may differ: zeros of both signs, the smallest, infinities and NaN."""

from __future__ import annotations

import numpy as np

from glassnet.types import Array

SPECIAL = (0.0, -0.0, np.inf, -np.inf, np.nan, 1e-42, -1e-42, 1e-310, 1e38, -1e38, 88.5, -104.0, 1.0, -1.0)
_EVERY = 7


def with_special_numbers(array: Array, seed: int) -> Array:
    """Return a copy with special numbers among the others; with another seed other ones are at a place."""
    mixed = array.copy()
    places = mixed.reshape(-1)[::_EVERY]
    places[:] = np.random.default_rng(seed).choice(SPECIAL, places.size)
    return mixed


def with_one_nan(array: Array) -> Array:
    """Return an array in which every NaN is the same one."""
    return np.where(np.isnan(array), np.nan, array).astype(array.dtype) if array.dtype.kind == "f" else array
