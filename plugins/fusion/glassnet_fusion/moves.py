"""The views of an array that are more than another shape: which elements they have, in which order."""

from __future__ import annotations

import operator
from typing import Any

import numpy as np

from glassnet_fusion.entries import SLICE, SPREAD, TRANSPOSE, NotTracedError

Shape = tuple[int, ...]
# For each axis the place of the one element, or start, step and number of elements; None for a new axis.
Spec = tuple[Any, ...]


def spec_of(index: Any, shape: Shape) -> Spec:
    """Return what integers and slices pick of an array.

    Raises
    ------
    NotTracedError
        If it is an index of another kind, or beyond the array.
    """
    given = list(index) if isinstance(index, tuple) else [index]
    if sum(each is Ellipsis for each in given) == 0:
        given.append(Ellipsis)
    missing = len(shape) - sum(each is not None and each is not Ellipsis for each in given)
    place = next(number for number, each in enumerate(given) if each is Ellipsis)
    given[place : place + 1] = [slice(None)] * missing
    sizes = iter(shape)
    try:
        return tuple(None if each is None else _of_axis(each, next(sizes)) for each in given)
    except (StopIteration, RuntimeError):
        raise NotTracedError("it picks elements by an index") from None


def _of_axis(index: Any, size: int) -> Any:
    if type(index) is slice:
        bounds = (index.start, index.stop, index.step)
        if all(each is None or isinstance(each, int | np.integer) for each in bounds):
            chosen = range(size)[index]
            return chosen.start, chosen.step, len(chosen)
    elif isinstance(index, int | np.integer) and type(index) is not bool and -size <= index < size:
        return operator.index(index) % size
    raise NotTracedError("it picks elements by an index")


def moved_shape(operation: str, shape: Shape, detail: Any) -> Shape:
    """Return the shape of a view."""
    if operation == SLICE:
        return tuple(1 if each is None else each[2] for each in detail if type(each) is not int)
    if operation == TRANSPOSE:
        return tuple(shape[axis] for axis in detail)
    if operation == SPREAD:
        return detail  # type: ignore[no-any-return]
    sizes, axes = detail
    outer = list(shape)
    for size, axis in zip(sizes, axes, strict=True):
        outer[axis] -= size - 1
    return (*outer, *sizes)


def moved(operation: str, array: Any, detail: Any) -> Any:
    """Return the view of an array."""
    if operation == SLICE:
        return array[tuple(_index(each) for each in detail)]
    if operation == TRANSPOSE:
        return array.transpose(detail)
    if operation == SPREAD:
        return np.broadcast_to(array, detail)
    return np.lib.stride_tricks.sliding_window_view(array, *detail)


def _index(each: Any) -> Any:
    if each is None or type(each) is int:
        return each
    start, step, count = each
    stop = start + step * count
    return slice(start, stop if stop >= 0 else None, step)
