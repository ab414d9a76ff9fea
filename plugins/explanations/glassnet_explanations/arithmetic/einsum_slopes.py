"""The slopes of an einsum of two arrays: the derivative by an element of one is an element of the other."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

from glassnet.types import Array


def is_product(values: Any) -> bool:
    """Return whether the arguments of an einsum are its subscripts and two arrays, with each label once an array."""
    if len(values) != 3 or not isinstance(values[0], str) or "." in values[0] or "->" not in values[0]:
        return False
    inputs, _ = _labels(values[0])
    return len(inputs) == 2 and all(len(set(each)) == len(each) for each in inputs)


def einsum_slopes(values: Any, shape: tuple[int, ...], argument: int, place: int) -> Iterator[tuple[int, float, int]]:
    """Yield the results that depend on one element, the slope of each, and the other factor, which the slope is.

    Parameters
    ----------
    values
        The subscripts and the two arrays.
    shape
        That of the result.
    argument, place
        The number of the array among `values`, and the flat index in it.
    """
    inputs, output = _labels(values[0])
    arrays = [np.asarray(each) for each in values[1:]]
    mine, other = arrays[argument - 1], arrays[2 - argument]
    at: dict[str, Any] = dict(zip(inputs[argument - 1], np.unravel_index(place, mine.shape), strict=True))
    sizes = dict(zip(inputs[2 - argument], other.shape, strict=True))
    free = [label for label in sizes if label not in at]
    grids = np.indices([sizes[label] for label in free]).reshape(len(free), -1)
    count = grids.shape[1] if free else 1
    at |= dict(zip(free, grids, strict=True))
    results, others = (
        _flat(at, labels, size, count) for labels, size in ((output, shape), (inputs[2 - argument], other.shape))
    )
    for result, factor in zip(results.tolist(), others.tolist(), strict=True):
        yield result, float(np.real(other.flat[factor])), factor


def _labels(subscripts: str) -> tuple[list[str], str]:
    given, _, output = subscripts.replace(" ", "").partition("->")
    return given.split(","), output


def _flat(at: dict[str, Any], labels: str, shape: tuple[int, ...], count: int) -> Array:
    """Return the flat indices of the elements whose labels have some values."""
    if not labels:
        return np.zeros(count, np.int64)
    places = [np.broadcast_to(at[label], count) for label in labels]
    return np.asarray(np.ravel_multi_index(places, shape))
