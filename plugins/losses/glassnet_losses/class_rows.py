"""Predictions of classes and their targets, row by row."""

from __future__ import annotations

import numpy as np

import glassnet as gn


def flat(y_pred: gn.Array, y_true: gn.Array) -> tuple[gn.Array, gn.Array]:
    """Return predictions as ``(samples, classes)``, and targets as ``(samples,)`` labels or as such rows."""
    rows = y_pred.reshape(-1, y_pred.shape[-1])
    return rows, y_true.reshape(-1) if y_true.ndim < y_pred.ndim else y_true.reshape(rows.shape)


def smoothed(rows: gn.Array, targets: gn.Array, smoothing: float) -> tuple[gn.Array, gn.Array]:
    """Return predictions as they are, and targets of which a part is spread evenly over the classes."""
    if smoothing == 0:
        return rows, targets
    return rows, smoothing / rows.shape[1] + (1 - smoothing) * rows_of(targets, rows)


def of_targets(values: gn.Array, targets: gn.Array) -> gn.Array:
    """Return ``sum_k t_k values_k`` of each row; of a label, that is the value of its class."""
    labels = targets.ndim == 1
    chosen: gn.Array = values[np.arange(len(values)), targets] if labels else np.sum(targets * values, axis=-1)
    return chosen


def rows_of(targets: gn.Array, like: gn.Array) -> gn.Array:
    """Return targets as rows of the shape and type of `like`: labels become one-hot rows."""
    if targets.ndim > 1:
        return targets
    rows: gn.Array = (targets[:, np.newaxis] == np.arange(like.shape[1])).astype(like.dtype)
    return rows


def log_softmax(z: gn.Array) -> gn.Array:
    """Return ``z_k - log sum_j exp z_j`` of each row."""
    # With the largest value taken off, no exponential overflows and their sum is at least 1.
    z = z - z.max(axis=-1, keepdims=True)
    log_p: gn.Array = z - np.log(np.exp(z).sum(axis=-1, keepdims=True))
    return log_p
