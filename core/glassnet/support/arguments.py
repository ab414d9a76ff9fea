"""Checks of single arguments: shapes, precision, seeds, paths, and arrays to write into."""

from __future__ import annotations

import os
from collections.abc import Iterable
from typing import Any

import numpy as np

from glassnet.errors import DataError, OptionError, ShapeError
from glassnet.types import Shape


def checked_shape(given: Any) -> Shape:
    """Return the shape of a sample as a tuple; ``5`` means ``(5,)``.

    Raises
    ------
    ShapeError
        If it holds something else than whole numbers from 1 on.
    """
    lengths = (given,) if isinstance(given, (int, np.integer)) else given
    if isinstance(lengths, Iterable) and not isinstance(lengths, (str, bytes)):
        shape = tuple(lengths)
        if all(_is_whole(length) and length > 0 for length in shape):
            return tuple(map(int, shape))
    raise ShapeError(
        f"input_shape is {given!r}; give the shape of one sample without the batch, in whole numbers: (28, 28, 1)"
    )


def checked_dtype(given: Any) -> np.dtype[np.floating]:
    """Return the precision of a network, or raise `OptionError` if there is none of that name."""
    for dtype in (np.dtype(np.float32), np.dtype(np.float64)):
        if given is not None and dtype == given:
            return dtype
    raise OptionError(f"dtype must be 'float32' or 'float64' (got {given!r})")


def checked_seed(given: Any) -> int:
    """Return a seed, or raise `OptionError` if it is not a whole number from 0 on."""
    if not _is_whole(given) or given < 0:
        raise OptionError(f"seed must be a whole number >= 0 (got {given!r})")
    return int(given)


def check_path(given: Any, name: str) -> None:
    """Raise `OptionError` if something is neither a path nor None; an empty text would be the current folder."""
    if given == "" or (given is not None and not isinstance(given, (str, os.PathLike))):
        raise OptionError(f"{name} must be the path of a folder (got {given!r}); write {name}='runs/first'")


def check_out(out: Any, shape: Shape) -> None:
    """Check an array that outputs are to be written into.

    Raises
    ------
    OptionError, DataError, ShapeError
        If it is not an array of floating-point numbers that can be written, or has another shape.
    """
    if not (hasattr(out, "shape") and hasattr(out, "dtype")):
        raise OptionError(f"out is a {type(out).__name__}; give an array: np.empty({shape}, np.float32)")
    if tuple(out.shape) != shape:
        raise ShapeError(f"out has shape {out.shape}; give an array of shape {shape}, that of the outputs")
    if np.dtype(out.dtype).kind != "f":
        raise DataError(f"out has element type {out.dtype}, which does not hold the outputs; give float32 or float64")
    if isinstance(out, np.ndarray) and not out.flags.writeable:
        raise DataError("out cannot be written; give a copy, or map its file with mode 'r+'")


def _is_whole(value: Any) -> bool:
    return isinstance(value, (int, np.integer)) and not isinstance(value, bool)
