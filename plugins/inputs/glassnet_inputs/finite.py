"""Numbers that are NaN, infinite, or too large for a type: found fast, and named with their place."""

from __future__ import annotations

import math
from typing import Any, NoReturn

import numpy as np

from glassnet.data.arrays import Columns, row_blocks
from glassnet.errors import DataError
from glassnet.types import Array

_ROWS_CHECKED_AT_ONCE = 8192


def check_finite(
    x: Any, name: str, columns: Columns = None, *, dtype: np.dtype[np.floating] | None = None, before: int = 0
) -> None:
    """Raise `DataError` at the first NaN, infinity, or number that `dtype` does not hold, with its position.

    Parameters
    ----------
    x, name, columns
        The numbers, what to call them in messages, and the names of their columns.
    dtype
        A floating-point type, or None if the numbers are not converted.
    before
        The number of samples before `x`.
    """
    if x.dtype.kind != "f":
        return
    for block in row_blocks(x):
        values = np.asarray(x[block])
        for start in range(0, len(values), _ROWS_CHECKED_AT_ONCE):
            rows = values[start : start + _ROWS_CHECKED_AT_ONCE]
            # A sum of squares is the fastest to compute, and is at least the largest square.
            squares = np.vdot(rows, rows)
            if not math.isfinite(squares) and not np.isfinite(rows).all():
                _refuse_not_finite(rows, name, before + block.start + start, columns)
            if dtype is not None and not _holds(dtype, rows, squares):
                refuse_too_large(rows, dtype, name, before + block.start + start)


def _holds(dtype: np.dtype[np.floating], rows: Array, squares: Any) -> bool:
    if rows.dtype.itemsize <= dtype.itemsize:
        return True
    largest = float(np.finfo(dtype).max)
    return bool(squares <= rows.dtype.type(largest) ** 2 or (np.abs(rows) <= largest).all())


def refuse_too_large(x: Array, dtype: np.dtype[np.floating], name: str, before: int | None) -> NoReturn:
    """Raise `DataError` with the number that the type does not hold, and its sample if `before` is known."""
    largest = np.finfo(dtype).max
    index = tuple(int(i) for i in np.argwhere(np.abs(x) > largest)[0])
    where = "" if before is None else f" at sample {before + index[0]}"
    raise DataError(f"{name} has {x[index]:g}{where}, more than {dtype} holds (at most {largest:.3g}); scale the data")


def _refuse_not_finite(x: Array, name: str, before: int, columns: Columns) -> NoReturn:
    """Raise `DataError` with the place of the first number that is not finite."""
    index = tuple(int(i) for i in np.argwhere(~np.isfinite(x))[0])
    place = f", position {index[1:]}" if index[1:] else ""
    if columns is not None and len(index) > 1:
        place = f", column {columns[index[1]]!r}"
    raise DataError(
        f"{name} has {x[index]} at sample {before + index[0]}{place}; remove or replace what is not a finite number"
    )


def are_finite(x: Array) -> bool:
    """Return whether there is neither NaN nor infinity among some numbers."""
    # The sum of squares is the fastest to compute. It may overflow without them.
    return x.dtype.kind != "f" or math.isfinite(np.vdot(x, x)) or bool(np.isfinite(x).all())
