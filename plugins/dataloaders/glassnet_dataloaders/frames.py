"""Data frames of pandas, polars and pyarrow, known by their methods: the three libraries need not be installed."""

from __future__ import annotations

from typing import Any

import numpy as np

from glassnet.errors import DataError
from glassnet.types import Array
from glassnet_dataloaders.element_types import plain_numbers, unmasked


def is_frame(values: Any) -> bool:
    """Return whether `values` is a table with named columns."""
    return hasattr(values, "__getitem__") and (hasattr(values, "columns") or hasattr(values, "column_names"))


def columns_of(values: Any) -> tuple[str, ...] | None:
    """Return the names of the columns of a frame, or None for other values."""
    return tuple(map(str, _names(values))) if is_frame(values) else None


def frame_numbers(frame: Any, name: str) -> Array:
    """Return a frame as an array ``(rows, columns)``, in the smallest element type that holds all columns.

    Raises
    ------
    DataError
        If a column is not numeric or boolean; the message names the column.
    """
    names = _names(frame)
    if not names:
        raise DataError(f"{name} has no columns; give a frame with at least one")
    repeated = [each for each in names if names.count(each) > 1]
    if repeated:
        raise DataError(f"{name} has several columns {str(repeated[0])!r}; give each column a name of its own")
    return np.column_stack([_column(frame[each], f"{name}: column {str(each)!r}") for each in names])


def _names(frame: Any) -> list[Any]:
    # The attribute `columns` of a table of pyarrow holds the columns themselves.
    return list(frame.column_names if hasattr(frame, "column_names") else frame.columns)


def _column(column: Any, name: str) -> Array:
    described = str(getattr(column, "dtype", getattr(column, "type", "")))
    if described.lower().startswith(("categor", "enum", "dictionary")):
        raise DataError(f"{name} holds categories; make one column of 0 and 1 for each, or leave the column out")
    if isinstance(column, np.ma.MaskedArray):
        column = unmasked(column, name)
    read = column if hasattr(column, "__array__") or not hasattr(column, "to_numpy") else column.to_numpy()
    array = plain_numbers(np.asarray(read), name)
    if array.ndim != 1:
        raise DataError(f"{name} holds arrays; give one number a row, or all samples as one array")
    return array
