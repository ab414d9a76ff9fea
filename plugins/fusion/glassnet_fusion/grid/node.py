"""The values of a formula over several axes."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Any

import attrs

from glassnet_fusion.computed import Computed, in_order
from glassnet_fusion.entries import ADD_AT, COUNT, FILL, INPUT, MOVE, REDUCE, SCALAR
from glassnet_fusion.record import Record
from glassnet_fusion.space import Space

Shape = tuple[int, ...]
_NOT_COMPUTED = (INPUT, SCALAR, COUNT, FILL, MOVE)


@attrs.frozen(eq=False)
class Node(Computed["Node"]):
    """A value of samples.

    Attributes
    ----------
    has_items
        Whether its first axis goes through the samples.
    detail
        Of a view what it sees, of a reduction its order, of the place of a maximum the axis.
    """

    shape: Shape
    has_items: bool
    detail: Any = None

    @property
    def is_total(self) -> bool:
        """Whether it adds up all samples."""
        is_sum = self.operation == REDUCE and self.operands[0].has_items and not self.has_items
        return is_sum or self.operation == ADD_AT


@attrs.frozen
class Grid:
    """The values of a formula, as `Graph` has them of rows and columns.

    Attributes
    ----------
    items
        The number of samples: the length of the first axis of the largest arrays. The code does not depend on it.
    returned
        The entries of the record whose results are returned in arrays of their own.
    """

    record: Record
    items: int
    inputs: tuple[Any, ...]
    changed: tuple[tuple[int, Node], ...]
    results: tuple[Node, ...]
    returned: tuple[int, ...]
    scalars: int

    @property
    def space(self) -> Space:
        """The samples, and the elements of the largest one."""
        return Space(self.items, max(self.size_of_item(node.shape) for node in self.values() if node.has_items))

    @property
    def has_totals(self) -> bool:
        """Whether samples are added up in their order, or a result is not of samples: one thread computes these."""
        outputs = [*(node for _, node in self.changed), *self.results]
        return not all(node.has_items for node in outputs) or any(node.is_total for node in self.values())

    @property
    def operations(self) -> int:
        """The number of operations that compute something."""
        return sum(node.operation not in _NOT_COMPUTED for node in self.values())

    def values(self) -> Iterator[Node]:
        """Iterate over all values, operands first."""
        return in_order([*(node for _, node in self.changed), *self.results])

    def size_of_item(self, shape: Shape) -> int:
        """Return how many elements a sample has of an array that has samples."""
        return math.prod(shape) // self.items
