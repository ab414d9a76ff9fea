"""An array into parts of which values are written: how often each element is written, and in which order."""

from __future__ import annotations

import itertools
from functools import cached_property
from typing import Any

import numpy as np

from glassnet_fusion.entries import SCATTER
from glassnet_fusion.grid.node import Node
from glassnet_fusion.moves import moved


class Parts:
    """The values that are written into an array, one after another.

    Parameters
    ----------
    last
        The array when all are written.

    Attributes
    ----------
    base
        What the array is before.
    groups
        The values that one loop writes. Windows that slide over an array write all of theirs in one loop: from
        the last window to the first, each element gets its values in the same order as by one loop for each value.
    descending
        The axes along which the loop goes from the end to the start.
    """

    def __init__(self, last: Node) -> None:
        self.last = last
        every: list[Node] = []
        base = last
        while base.operation == SCATTER:
            every.insert(0, base)
            base = base.operands[0]
        self.base = base
        are_windows = self._are_windows(every)
        self.groups = [every] if are_windows else [[each] for each in every]
        self._every = every
        starts = np.array([[start for start, _, _ in each.detail] for each in every]) if are_windows else None
        self.descending = () if starts is None else tuple(np.flatnonzero(np.ptp(starts, axis=0)).tolist())

    @property
    def are_of_all(self) -> bool:
        """Whether each value goes along the whole first axis."""
        return all(each.detail[:1] == ((0, 1, self.last.shape[0]),) for each in self._every)

    @property
    def are_apart(self) -> bool:
        """Whether no element is written twice."""
        return bool(self._times.max() <= 1)

    @property
    def cover(self) -> bool:
        """Whether every element is written, and what was there before is not needed."""
        return self.are_apart and bool(self._times.min() == 1)

    @cached_property
    def _times(self) -> Any:
        """How often each element of a sample is written."""
        shape = self.last.shape
        times = np.zeros((1, *shape[1:]) if self.are_of_all else shape, np.uint8)
        for each in self._every:
            spec = ((0, 1, 1), *each.detail[1:]) if self.are_of_all else each.detail
            moved("slice", times, spec)[...] += 1
        return times

    def _are_windows(self, every: list[Node]) -> bool:
        specs = [each.detail for each in every]
        if len(every) == 1 or not all(type(one) is tuple for spec in specs for one in spec):
            return False
        same = {tuple((step, count) for _, step, count in spec) for spec in specs}
        starts = [tuple(start for start, _, _ in spec) for spec in specs]
        return len(same) == 1 and all(one < other for one, other in itertools.pairwise(starts))
