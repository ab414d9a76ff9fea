"""Memory layout of arrays: views of one array, found again in another array of the same layout."""

from __future__ import annotations

import numpy as np

from glassnet.types import Array


def zeros_beside(array: Array) -> Array:
    """Return zeros of the type and memory layout of an array that owns its memory and has no gaps in it."""
    flat = np.zeros(max(array.size, 1), array.dtype)  # an array without elements needs a buffer all the same
    return np.ndarray(array.shape, array.dtype, flat, 0, array.strides)


def read_only_view(array: Array) -> Array:
    """Return a view of an array that raises `ValueError` if something is written to it."""
    view = array.view()
    view.flags.writeable = False
    return view


def owner(array: Array) -> Array:
    """Return the array whose memory `array` shows."""
    while (below := _shown_by(array)) is not None:
        array = below
    return array


def _shown_by(array: Array) -> Array | None:
    """Return the array that `array` is a view of, or None."""
    below = array.base
    if not isinstance(below, np.ndarray):  # NumPy's as_strided puts an object of its own in between
        below = getattr(below, "base", None)
    return below if isinstance(below, np.ndarray) else None


def offset(array: Array) -> int:
    """Return the number of bytes between the start of the owner and the first element of `array`."""
    start: int = array.__array_interface__["data"][0] - owner(array).__array_interface__["data"][0]
    return start


def same_view(view: Array, other: Array) -> Array:
    """Return the view of the owner of `other` at the offset that `view` has in its own owner."""
    return np.ndarray(view.shape, view.dtype, owner(other), offset(view), view.strides)


def shows_twice(array: Array) -> bool:
    """Tell whether some element of memory may be shown in two places, as in a broadcast array or in windows."""
    reach = array.itemsize
    for stride, length in sorted((abs(stride), n) for stride, n in zip(array.strides, array.shape, strict=True)):
        if length > 1:
            if stride < reach:
                return array.size > 0
            reach += stride * (length - 1)
    return False
