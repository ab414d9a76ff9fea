"""What there is to say about a table before a training: uneven classes, and columns that tell too much."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from glassnet.types import Array
from glassnet_tables.column_format import values_of, without_missing
from glassnet_tables.fitted_column import FittedColumn
from glassnet_tables.preprocessing import TablePreprocessing

_UNEVEN = 4
_LEAST_ROWS = 30
_BINS = 20
# Share of correct answers, or of explained variance, above which one column alone predicts the target.
_TOO_GOOD = 0.98


def findings(table: TablePreprocessing, frame: Any, y: Array) -> tuple[str, ...]:
    """Return notes on the training rows.

    Parameters
    ----------
    table
        The fitted columns.
    frame, y
        The training rows, and their labels or transformed targets.
    """
    notes = [_imbalance(table, y), *(_leakage(table, each, frame, y) for each in table.features)]
    return tuple(note for note in notes if note)


def _imbalance(table: TablePreprocessing, y: Array) -> str:
    """Return a note if one class has several times the rows of another one."""
    if not table.classes:
        return ""
    counts = np.bincount(y, minlength=len(table.classes))
    if counts.max() < _UNEVEN * max(int(counts.min()), 1):
        return ""
    most, least = int(counts.argmax()), int(counts.argmin())
    return (
        f"the classes are uneven: {counts[most]} rows of {table.classes[most]!r} and {counts[least]} of "
        f"{table.classes[least]!r}; class_weight='balanced' (--class-weight balanced) makes them count alike"
    )


def _leakage(table: TablePreprocessing, column: FittedColumn, frame: Any, y: Array) -> str:
    """Return a note if a column alone predicts the target of rows that it was not fitted to."""
    if len(y) < _LEAST_ROWS or len(table.features) < 2:
        return ""
    groups = _groups(without_missing(frame[column.name], table.missing), column)
    if groups is None:
        return ""
    score = _rank_correlation(groups, y[:, 0]) if not table.classes and _is_ordered(column) else _score(groups, y)
    if score < _TOO_GOOD:
        return ""
    return (
        f"column {column.name!r} alone predicts {table.target.name!r} almost perfectly ({score:.3f}): make sure that "
        f"it is known before {table.target.name!r} is, or leave it out (--ignore {column.name})"
    )


def _is_ordered(column: FittedColumn) -> bool:
    return column.format.type in ("number", "date")


def _groups(column: Any, fitted: FittedColumn) -> Array | None:
    """Return numbers of a column, or the number of its category; None if the column has sentences."""
    values, _ = values_of(column, fitted.format)
    if fitted.format.type == "text":
        different, places = np.unique(values.astype(str), return_inverse=True)
        return places.astype(np.float64) if len(different) < len(values) / 3 else None
    numbers = values.astype(np.int64).astype(np.float64) if values.dtype.kind == "M" else values[:, 0]
    filled: Array = np.nan_to_num(numbers, nan=np.nanmin(numbers) - 1)
    return filled


def _rank_correlation(values: Array, y: Array) -> float:
    """Return the absolute rank correlation of Spearman (1904) of two columns of numbers."""
    if np.ptp(values) == 0 or np.ptp(y) == 0:
        return 0.0
    return abs(float(np.corrcoef(_ranks(values), _ranks(y))[0, 1]))


def _ranks(values: Array) -> Array:
    """Return the rank of each number; equal numbers share the mean of theirs."""
    _, places, counts = np.unique(values, return_inverse=True, return_counts=True)
    last = np.cumsum(counts)
    means: Array = last - (counts - 1) / 2
    return means[places]


def _score(groups: Array, y: Array) -> float:
    """Return how well the usual target of a group predicts rows of that group which were not looked at.

    For classes that is the share of the correct answers beyond that of the most frequent class, as far as there is
    room; for numbers the explained variance.
    """
    edges = np.unique(np.quantile(groups, np.linspace(0, 1, _BINS + 1)[1:-1]))
    different = np.unique(groups)
    places = np.searchsorted(different, groups) if len(different) <= _BINS else np.searchsorted(edges, groups)
    seen = np.arange(len(y)) % 2 == 0
    if y.ndim == 2:
        sums = np.bincount(places[seen], y[seen, 0], minlength=places.max() + 1)
        counts = np.bincount(places[seen], minlength=places.max() + 1)
        predicted = (sums / np.maximum(counts, 1))[places[~seen]]
        variance = float(y[~seen, 0].var())
        return 1 - float(np.mean((y[~seen, 0] - predicted) ** 2)) / variance if variance > 0 else 0.0
    table = np.zeros((places.max() + 1, y.max() + 1))
    np.add.at(table, (places[seen], y[seen]), 1)
    correct = float(np.mean(table.argmax(axis=1)[places[~seen]] == y[~seen]))
    usual = float(np.mean(y[~seen] == np.bincount(y[seen]).argmax()))
    return (correct - usual) / (1 - usual) if not math.isclose(usual, 1) else 0.0
