"""Checks of single arguments: shapes, precision, seeds and paths."""

from __future__ import annotations

import os
from collections.abc import Iterable
from typing import Any

import numpy as np

from glassnet.errors import OptionError, ShapeError
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


def _is_whole(value: Any) -> bool:
    return isinstance(value, (int, np.integer)) and not isinstance(value, bool)
