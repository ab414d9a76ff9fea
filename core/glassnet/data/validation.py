"""Data on their way into a network: checked once, converted a batch at a time."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from glassnet.components.dataset import Split
from glassnet.data.element_types import check_type
from glassnet.data.inputs import Inputs
from glassnet.errors import DataError, ShapeError
from glassnet.types import Array, Shape
from glassnet_dataloaders.memmap import picked, pieces

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


def check_inputs(
    x: Array,
    expected: Shape | None,
    name: str = "x",
    columns: tuple[str, ...] | None = None,
    like: Inputs | None = None,
) -> None:
    """Refuse inputs that a network cannot use.

    Parameters
    ----------
    x, name, columns
        The samples, what to call them in messages, and the names of their columns if they come from a data frame.
    expected
        The shape of a sample, or None for any.
    like
        What the network was trained on, or None for anything.

    Raises
    ------
    DataError
        If they are empty, no numbers, NaN or infinite, or on another scale than those of the training.
    ShapeError
        If a sample does not have the shape that the network expects.
    """
    check_kind(x, expected, name, columns, like)
    check_numbers(x, name, columns)


def check_kind(
    x: Array, expected: Shape | None, name: str, columns: tuple[str, ...] | None, like: Inputs | None
) -> None:
    """Refuse what can be seen to be of no use without a search for NaN; raises as `check_inputs` does."""
    if len(x) == 0:
        raise DataError(f"{name} is empty (shape {x.shape}); give at least one sample")
    if like is not None:
        like.check_columns(columns, name)
    if expected is not None and x.shape[1:] != expected:
        wanted = ", ".join(["batch", *map(str, expected)])
        raise ShapeError(f"{name}: expected ({wanted}), got {x.shape}; the network was built for the former")
    check_type(x, name)
    if like is not None:
        like.check_scale(x, name)


def check_numbers(x: Array, name: str, columns: tuple[str, ...] | None = None) -> None:
    """Refuse what is no number, NaN and infinity, and say where the first one is."""
    check_type(x, name)
    if x.dtype.kind != "f":
        return
    for piece in pieces(x):
        values = np.asarray(x[piece])
        for start in range(0, len(values), _ROWS_CHECKED_AT_ONCE):
            rows = values[start : start + _ROWS_CHECKED_AT_ONCE]
            if not are_finite(rows):
                _refuse_not_finite(rows, name, piece.start + start, columns)


def check_fits(x: Array, dtype: np.dtype[np.floating], name: str) -> None:
    """Raise `DataError` if a finite number is too large for the floating-point type of the network."""
    if x.dtype.kind != "f" or x.dtype.itemsize <= dtype.itemsize:
        return
    largest = float(np.finfo(dtype).max)
    for piece in pieces(x):
        values = np.asarray(x[piece])
        for start in range(0, len(values), _ROWS_CHECKED_AT_ONCE):
            rows = values[start : start + _ROWS_CHECKED_AT_ONCE]
            # A sum of squares is the fastest to compute, and is no smaller than the largest square.
            if np.vdot(rows, rows) > x.dtype.type(largest) ** 2 and (np.abs(rows) > largest).any():
                _refuse_too_large(rows, dtype, name, piece.start + start)


def _refuse_too_large(x: Array, dtype: np.dtype[np.floating], name: str, before: int | None) -> None:
    """Say which number the type does not hold, and where it is if the number of samples before `x` is known."""
    largest = np.finfo(dtype).max
    index = tuple(int(i) for i in np.argwhere(np.abs(x) > largest)[0])
    where = "" if before is None else f" at sample {before + index[0]}"
    raise DataError(f"{name} has {x[index]:g}{where}, more than {dtype} holds (at most {largest:.3g}); scale the data")


def are_finite(x: Array) -> bool:
    """Tell whether there is neither NaN nor infinity among some numbers."""
    # They go through a sum of squares, the fastest to compute. It may overflow without them.
    return x.dtype.kind != "f" or math.isfinite(np.vdot(x, x)) or bool(np.isfinite(x).all())


def _refuse_not_finite(x: Array, name: str, before: int, columns: tuple[str, ...] | None) -> None:
    """Say where the first number is that is not finite; `before` counts the samples before `x`."""
    index = tuple(int(i) for i in np.argwhere(~np.isfinite(x))[0])
    place = f", position {index[1:]}" if index[1:] else ""
    if columns is not None and len(index) > 1:
        place = f", column {columns[index[1]]!r}"
    raise DataError(
        f"{name} has {x[index]} at sample {before + index[0]}{place}; remove or replace what is not a finite number"
    )


class Converter:
    """Turns a batch of inputs into what the first layer reads, in one buffer that is used again."""

    def __init__(self, dtype: np.dtype[np.floating], keep_integers: bool, scales_bytes: bool) -> None:
        self.dtype = dtype
        self.keep_integers = keep_integers
        self.scales_bytes = scales_bytes
        self._buffer: Array = np.empty(0, dtype)

    def __call__(self, x: Array) -> Array:
        if x.dtype == self.dtype or (self.keep_integers and x.dtype.kind in "iu"):
            return x
        if self._buffer.size < x.size:
            self._buffer = np.empty(x.size, self.dtype)
        converted = self._buffer[: x.size].reshape(x.shape)
        if self.scales_bytes and x.dtype == np.uint8:
            np.multiply(x, self.dtype.type(1 / 255), out=converted)
        else:
            self._convert(x, converted)
        return converted

    def _convert(self, x: Array, converted: Array) -> None:
        """Fill `converted` with the numbers of `x`, or raise `DataError` if one of them is too large for its type."""
        try:
            with np.errstate(over="raise"):
                converted[...] = x
        except FloatingPointError:
            _refuse_too_large(x, self.dtype, "x", None)


def hold_out(split: Split, fraction: float, rng: np.random.Generator) -> tuple[Split, Split]:
    """Return ``(training, validation)``: two parts of `split` that share no sample."""
    held = round(len(split) * fraction)
    if not 0 < held < len(split):
        raise DataError(
            f"validation={fraction} of {len(split)} samples leaves {len(split) - held} to train on and {held} to "
            "validate; choose another fraction or give more data"
        )
    order = rng.permutation(len(split))
    return _part(split, np.sort(order[held:])), _part(split, np.sort(order[:held]))


def _part(split: Split, rows: Array) -> Split:
    weights = None if split.weights is None else split.weights[rows]
    return Split(picked(split.x, rows), picked(split.y, rows), weights, columns=split.columns)
