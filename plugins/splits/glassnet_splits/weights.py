"""Weights of samples: finite, not negative, and not all of them 0."""

from __future__ import annotations

import numpy as np

from glassnet.data.arrays import no_weight
from glassnet.errors import DataError
from glassnet.types import Array


def check_weights(weights: Array) -> None:
    """Raise `DataError` if a weight is negative or not finite, or their sum is not finite."""
    if not (np.isfinite(weights).all() and (weights >= 0).all()):
        raise DataError(f"weights must be finite and >= 0 (got {weights.min()} to {weights.max()})")
    with np.errstate(over="ignore"):
        total = weights.sum()
    if not np.isfinite(total):
        raise DataError(
            f"weights are too large: their sum is {total} (the largest is {weights.max()}); scale them down"
        )


def check_total(weights: Array, name: str) -> None:
    """Raise `DataError` if all samples have weight 0, or weights of samples and classes multiply to infinity."""
    check_weights(weights)
    if not weights.any():
        raise DataError(no_weight(name))
