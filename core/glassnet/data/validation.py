"""Data on their way into a network: all samples are looked at once, before anything is trained."""

from __future__ import annotations

import math
from typing import Any, NoReturn

import attrs
import numpy as np

from glassnet.data.arrays import Columns, Split, row_blocks
from glassnet.data.inputs import Inputs, exceeds_one
from glassnet.errors import DataError, ShapeError
from glassnet.types import Array, Shape

_ROWS_CHECKED_AT_ONCE = 8192


def as_split(x: Any, y: Any = None) -> Split:
    """Return ``x, y`` or a split as a split of arrays."""
    if isinstance(x, Split):
        if y is not None:
            raise DataError("got a split and also y; give either a split or x and y")
        return x
    if y is None:
        raise DataError("got x without y; give a split, or x and y")
    return Split(x, y)


@attrs.frozen
class Expected:
    """What data have to be like.

    The methods raise `DataError` if data are empty, NaN, infinite, too large, or on another scale than those of the
    training; and `ShapeError` if a sample has another shape. Their parameters:

    * `x`, `y`, `columns`: samples, targets, and the names of the columns of `x` if it was a data frame;
    * `name`: what to call the data in messages;
    * `before`: the number of samples before `x`.

    Attributes
    ----------
    shape
        The shape of a sample; None for any, before a network is built.
    dtype
        The floating-point type of the network, which has to hold all numbers.
    inputs
        What the network was trained on, or None for anything.
    """

    shape: Shape | None
    dtype: np.dtype[np.floating]
    inputs: Inputs | None = None

    def check(self, x: Any, y: Any, columns: Columns = None, name: str = "", *, before: int = 0) -> None:
        """Check samples and targets; `name` ends with a space."""
        self.check_inputs(x, f"{name}x", columns, before=before)
        check_finite(y, f"{name}y", dtype=self.dtype, before=before)

    def check_inputs(self, x: Any, name: str = "x", columns: Columns = None, *, before: int = 0) -> None:
        """Check samples."""
        self.check_form(x, name, columns)
        self.check_scale(x, name)
        if not self._are_in_unit_interval(x):  # those are finite, and no type is too small for them
            check_finite(x, name, columns, dtype=self.dtype, before=before)

    def check_form(self, x: Any, name: str, columns: Columns) -> None:
        """Check shape and columns, without a look at the numbers."""
        if len(x) == 0:
            raise DataError(f"{name} is empty (shape {x.shape}); give at least one sample")
        if self.inputs is not None:
            self.inputs.check_columns(columns, name)
        if self.shape is not None and x.shape[1:] != self.shape:
            wanted = ", ".join(["batch", *map(str, self.shape)])
            raise ShapeError(f"{name}: expected ({wanted}), got {x.shape}; the network was built for the former")

    def check_scale(self, x: Any, name: str) -> None:
        """Check that samples are read on the scale of the training."""
        if self._are_in_unit_interval(x):
            _check_unit_interval(x, name)
        elif x.dtype == np.uint8 and self.inputs is not None and self.inputs.pixels is False:
            _check_no_pixels(x, name, self.inputs.dtype)

    def _are_in_unit_interval(self, x: Any) -> bool:
        """Return whether samples have to be numbers from 0 to 1, for a network that was trained on pixels."""
        return self.inputs is not None and bool(self.inputs.pixels) and x.dtype != np.uint8


def _check_unit_interval(x: Any, name: str) -> None:
    """Raise `DataError` if numbers are not from 0 to 1."""
    for block in row_blocks(x):
        values = np.asarray(x[block])
        lowest, highest = values.min(), values.max()
        if not (lowest >= 0 and highest <= 1):
            check_finite(values, name, before=block.start)
            raise DataError(
                f"{name} has {x.dtype} from {lowest:g} to {highest:g}, and the network was trained on pixels: "
                "give uint8 from 0 to 255, or floats from 0 to 1"
            )


def _check_no_pixels(x: Any, name: str, trained_on: str) -> None:
    """Raise `DataError` if bytes are not on the scale of a training without pixels."""
    if trained_on == "uint8" and not exceeds_one(x):
        return
    wanted = "0 and 1 alone" if trained_on == "uint8" else f"{trained_on} on the scale of the training"
    raise DataError(
        f"{name} has uint8, which is read as pixels from 0 to 255, and the network was not trained on pixels: "
        f"give {wanted}, or build() the network anew"
    )


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
