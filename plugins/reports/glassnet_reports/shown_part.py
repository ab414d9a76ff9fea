"""Which part of an array a view shows, written as an index: ``[6:9]``, ``[:, ::2]``, ``.T``."""

from __future__ import annotations

import itertools

import numpy as np

from glassnet.types import Array
from glassnet_autodiff.memory_layout import offset, owner

_UNKNOWN = "[…]"


def positions(view: Array, source: Array) -> Array:
    """Return for each element of `view` its position in `source`, counted as in ``source.ravel()``; -1 elsewhere.

    Both show memory of one owner. Elements are told by their first byte.
    """
    owned = owner(source)
    numbers = np.full(owned.nbytes, -1)

    def shown(array: Array) -> Array:
        strides = [step * numbers.itemsize for step in array.strides]
        return np.ndarray(array.shape, numbers.dtype, numbers, offset(array) * numbers.itemsize, strides)

    shown(source)[...] = np.arange(source.size).reshape(source.shape)
    return shown(view).copy()


def part_text(places: Array, shape: tuple[int, ...]) -> str:
    """Return the index that gives the elements at `places` of an array of `shape`; empty if it is the whole array.

    Axes that are transposed show as ``.T`` or ``.transpose(…)``, and as ``.reshape(…)`` if some were divided before.
    Lengths that are only joined or divided do not show.
    """
    if places.size == 0 or not shape:
        return ""
    if places.min() < 0:  # imaginary parts begin in the middle of an element
        return _UNKNOWN
    axes = [np.unique(one) for one in np.unravel_index(places, shape)]
    slices = [_slice(each) for each in axes]
    if places.size != np.prod([len(each) for each in axes]) or None in slices:
        return _UNKNOWN
    chosen = np.arange(np.prod(shape)).reshape(shape)[np.ix_(*axes)]
    reversed_axes = _reversed_axes(places, chosen)
    key = [
        _key(each, length, is_reversed=axis in reversed_axes)
        for axis, (each, length) in enumerate(zip(axes, shape, strict=True))
    ]
    while key and key[-1] == ":":
        key.pop()
    index = f"[{', '.join(key)}]" if key else ""
    turned = "" if reversed_axes else _turned(places, chosen)
    return index + (".reshape(…)" if turned is None else turned)


def used_part(places: Array, shape: tuple[int, ...]) -> str:
    """Return the index of the elements at `places`, in whichever order they are."""
    return part_text(np.unique(places), shape)


def _slice(places: Array) -> bool | None:
    """Tell whether places are evenly spaced; None if they are not."""
    return True if len(np.unique(np.diff(places))) < 2 else None


def _reversed_axes(places: Array, chosen: Array) -> tuple[int, ...]:
    """Return the axes along which elements are read from the last to the first; none if that is not the difference."""
    long = [axis for axis, size in enumerate(chosen.shape) if size > 1]
    for count in range(1, len(long) + 1):
        for axes in itertools.combinations(long, count):
            if np.array_equal(np.flip(chosen, axes).ravel(), places.ravel()):
                return axes
    return ()


def _key(places: Array, length: int, *, is_reversed: bool) -> str:
    """Return an index of one axis."""
    if len(places) == length:
        return "::-1" if is_reversed else ":"
    if len(places) == 1:
        return str(places[0])
    step = int(places[1] - places[0])
    if is_reversed:
        stop = str(places[0] - 1) if places[0] else ""
        return f"{places[-1]}:{stop}:-{step}"
    first, last = int(places[0]), int(places[-1]) + 1
    end = "" if last + step > length else str(last)
    return f"{first or ''}:{end}" + (f":{step}" if step > 1 else "")


def _turned(places: Array, chosen: Array) -> str | None:
    """Return how axes are transposed to get `places`: nothing if they are not, and None if it is something else."""
    if np.array_equal(places.ravel(), chosen.ravel()):
        return ""
    wanted = places.squeeze()
    plain = chosen.squeeze()
    for order in itertools.permutations(range(plain.ndim)) if plain.ndim <= 6 else ():
        if np.array_equal(plain.transpose(order).ravel(), wanted.ravel()):
            return ".T" if order == tuple(reversed(range(plain.ndim))) else f".transpose{order}"
    return None
