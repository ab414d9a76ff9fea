"""Sums over a batch in which each sample counts as much as its weight says."""

from __future__ import annotations

import numpy as np

import glassnet as gn


def weighted_sum(values: gn.Array, sample_weight: gn.Array | None) -> float:
    """Return the sum of ``(batch, …)`` values or marks, each times the weight of its sample."""
    if sample_weight is None:
        return int(np.count_nonzero(values)) if values.dtype == bool else float(values.sum(dtype=np.float64))
    by_sample = values.reshape(len(values), -1).sum(axis=1, dtype=np.float64)
    return float(sample_weight @ by_sample)


def weighted_size(values: gn.Array, sample_weight: gn.Array | None) -> float:
    """Return the number of ``(batch, …)`` values, each counted by the weight of its sample."""
    if sample_weight is None:
        return values.size
    return float(sample_weight.sum(dtype=np.float64)) * (values.size // max(len(values), 1))


def repeated(sample_weight: gn.Array | None, values: gn.Array) -> gn.Array | None:
    """Return the weights of all ``(batch, …)`` values in one row, or None if all count alike."""
    if sample_weight is None:
        return None
    return np.repeat(np.asarray(sample_weight, np.float64), values.size // max(len(values), 1))
