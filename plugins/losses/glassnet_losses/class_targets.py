"""Targets that name one of several classes: labels, one-hot rows and distributions."""

from __future__ import annotations

import numpy as np

import glassnet as gn

# How far a row of targets may be from a sum of 1: distributions that were stored in half precision pass.
_SUM_TOLERANCE = 1e-3


def labels_or_rows(loss: gn.Loss, y: gn.Array, output_shape: gn.Shape, dtype: np.dtype[np.floating]) -> gn.Array:
    """Return targets as integer labels where they are labels, else as rows that sum to 1.

    Raises
    ------
    ShapeError
        When the targets fit neither form.
    DataError
        If a label is not one of the classes, or a row is not a distribution.
    """
    if output_shape and y.shape[1:] == output_shape[:-1]:
        return _labels(loss, y, output_shape[-1])
    if output_shape and y.shape[1:] == output_shape:
        return distributions(loss, y, dtype)
    labels = ", ".join(["batch", *map(str, output_shape[:-1])])
    rows = ", ".join(["batch", *map(str, output_shape)])
    is_column = y.shape[1:] == (*output_shape[:-1], 1)
    advice = "write y[..., 0]" if is_column else "change the targets, or the number of units of the last layer"
    raise gn.ShapeError(
        f"{loss!r} expects labels of shape ({labels}) or one-hot rows of shape ({rows}), got {y.shape}; {advice}"
    )


def labels_alone(loss: gn.Loss, y: gn.Array, output_shape: gn.Shape) -> gn.Array:
    """Return targets as integer labels, whether they are labels or one-hot rows.

    Raises
    ------
    ShapeError
        When the targets fit neither form.
    DataError
        When a label is not one of the classes, or a row is not one-hot.
    """
    targets = labels_or_rows(loss, y, output_shape, np.dtype(np.float64))
    if targets.ndim == len(output_shape):
        return targets
    soft = (targets.max(axis=-1) != 1) | (np.count_nonzero(targets, axis=-1) != 1)
    if soft.any():
        place = tuple(np.argwhere(soft)[0])
        raise gn.DataError(
            f"{loss!r}: the targets of sample {place[0]} name no single class (got {targets[place]}); "
            "give labels or one-hot rows"
        )
    labels: gn.Array = targets.argmax(axis=-1)
    return labels


def distributions(loss: gn.Loss, y: gn.Array, dtype: np.dtype[np.floating]) -> gn.Array:
    """Return rows of targets, each of which has to sum to 1.

    Raises
    ------
    DataError
        If a row is not a distribution.
    """
    sums = y.sum(axis=-1, dtype=np.float64)
    good = (np.abs(sums - 1) <= _SUM_TOLERANCE) & (y >= 0).all(axis=-1)
    if not good.all():
        place = tuple(np.argwhere(~good)[0])
        raise gn.DataError(
            f"{loss!r}: the targets of sample {place[0]} are no distribution: they are between "
            f"{y[place].min()} and {y[place].max()} and sum to {sums[place]:g}; "
            "give one-hot rows, or probabilities that sum to 1"
        )
    return y.astype(dtype, copy=False)


def _labels(loss: gn.Loss, y: gn.Array, classes: int) -> gn.Array:
    known = (y >= 0) & (y < classes) & (y == np.floor(y))
    if not known.all():
        place = tuple(np.argwhere(~known)[0])
        raise gn.DataError(
            f"{loss!r}: label {y[place]} at sample {place[0]} is none of 0..{classes - 1}; "
            f"number the classes from 0, one for each of the network's {classes} outputs"
        )
    return y.astype(np.intp, copy=False)
