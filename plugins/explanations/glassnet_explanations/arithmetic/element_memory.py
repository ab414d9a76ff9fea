"""Who wrote each element of the arrays on a tape last, and which element of its result that was."""

from __future__ import annotations

from typing import Any

import attrs
import numpy as np

from glassnet.types import Array
from glassnet_autodiff.memory_layout import offset, owner


@attrs.frozen(eq=False)
class Origins:
    """For each element of an array: the number of the entry that wrote it, and its flat index there.

    The number is -1 for an element that was never written.
    """

    entry: Array
    index: Array


class ElementMemory:
    """Follows each element through views: two views that show one element have one origin there."""

    def __init__(self) -> None:
        self._owners: dict[int, tuple[Array, Array, Array]] = {}

    def write(self, place: Array, entry: int, where: Any = True) -> None:
        """Note that an entry wrote the elements of a place, or some of them."""
        entries, indices = self._views(place)
        np.copyto(entries, entry, where=where)
        np.copyto(indices, np.arange(place.size).reshape(place.shape), where=where)

    def origins(self, place: Array) -> Origins:
        """Return where the elements of a place come from."""
        entries, indices = self._views(place)
        return Origins(entries.copy(), indices.copy())

    def _views(self, place: Array) -> tuple[Array, Array]:
        owned = owner(place)
        if id(owned) not in self._owners:
            # The owner is kept too, so that no other array gets its memory.
            unknown = np.full(max(owned.nbytes, 1), -1)
            self._owners[id(owned)] = (owned, unknown, unknown.copy())
        _, entries, indices = self._owners[id(owned)]
        return _same_places(place, entries), _same_places(place, indices)


def _same_places(place: Array, notes: Array) -> Array:
    """Return a view of one note for each byte: the note of the first byte of each element of `place`."""
    strides = [step * notes.itemsize for step in place.strides]
    return np.ndarray(place.shape, notes.dtype, notes, offset(place) * notes.itemsize, strides)
