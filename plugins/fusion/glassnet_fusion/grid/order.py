"""The order in which NumPy adds up the elements along some axes: by the places of the elements in memory."""

from __future__ import annotations

from typing import Any

import attrs
import numpy as np

from glassnet_fusion.entries import NotTracedError


@attrs.frozen
class Order:
    """The order of a reduction.

    Attributes
    ----------
    axes
        Those that are reduced and longer than 1, the slowest first, without those of `rows`.
    rows
        The innermost axes, if they are reduced: NumPy has a loop of its own for them, which adds up pairwise.
    keeps_order
        Whether the axes that are left are in order in the memory of the result.
    """

    axes: tuple[int, ...]
    rows: tuple[int, ...]
    keeps_order: bool


def order_of(layout: Any, reduced: tuple[int, ...]) -> Order:
    """Return the order in which NumPy reduces an array; of the array its shape and its strides are looked at alone.

    Raises
    ------
    NotTracedError
        If the array has its elements backwards, or more than once: NumPy turns such axes around.
    """
    axes = [axis for axis in range(layout.ndim) if layout.shape[axis] > 1]
    if any(layout.strides[axis] <= 0 for axis in axes):
        raise NotTracedError("it reduces an array that is turned around or repeated")
    axes.sort(key=lambda axis: -layout.strides[axis])
    rows: list[int] = []
    while axes and axes[-1] in reduced and (not rows or _are_joined(layout, axes[-1], rows[0])):
        rows.insert(0, axes.pop())
    kept = [axis for axis in axes if axis not in reduced]
    return Order(tuple(axis for axis in axes if axis in reduced), tuple(rows), kept == sorted(kept))


def _are_joined(layout: Any, outer: int, inner: int) -> bool:
    return bool(layout.strides[outer] == layout.strides[inner] * layout.shape[inner])


def reshaped(layout: Any, shape: tuple[int, ...]) -> Any:
    """Return the layout of an array in another shape; None if NumPy has to copy it."""
    try:
        return np.reshape(layout, shape, copy=False)
    except ValueError:
        return None


def result_layout(layouts: list[Any]) -> Any:
    """Return the layout of what NumPy computes, element by element, of arrays with these layouts."""
    flags: Any = [*[["readonly"]] * len(layouts), ["writeonly", "allocate"]]
    return np.nditer([*layouts, None], op_flags=flags, op_dtypes=[np.uint8] * len(flags)).operands[-1]
