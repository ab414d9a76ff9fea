"""The loops along all axes of an array."""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable, Iterator
from typing import Any

from glassnet_fusion.grid.index import Digit, Index, Shape
from glassnet_fusion.grid.node import Grid
from glassnet_fusion.writer import Writer
from glassnet_machine_code.instructions import INDEX


class Loops(Writer):
    """Writes loops over the elements of arrays, or over those of one sample.

    Attributes
    ----------
    item
        The sample at hand; None where there is none.
    """

    graph: Any
    item: Any = None

    def for_each_element(
        self, shape: Shape, has_items: bool, write: Callable[[Index], None], descending: tuple[int, ...] = ()
    ) -> None:
        """Write loops over an array's elements; those along some axes go from the end to the start."""
        axes = [*self._axes(shape, has_items)]

        def loop(rest: list[list[int]], index: Index, digits: tuple[Digit, ...]) -> None:
            if not rest:
                write(index)
                return
            (sizes, *others), axis = rest, len(index)
            if not sizes:
                loop(others, (*index, digits), ())
                return
            size = sizes[0]

            def one(i: Any) -> None:
                at = self.build.sub(INDEX(size - 1), i) if axis in descending else i
                loop([sizes[1:], *others], index, (*digits, (at, size)))

            self.for_each(INDEX(0), INDEX(size), INDEX(1), one)

        loop(axes, (), ((self.item, self.graph.items),) if has_items else ())

    def _axes(self, shape: Shape, has_items: bool) -> Iterator[list[int]]:
        """Return for each axis the lengths of the loops that go along it, without the samples."""
        size = self.graph.size_of_item(shape) if has_items else math.prod(shape)
        cuts = self.cuts(size) if has_items else []
        for axis, length in enumerate(shape):
            inner = math.prod(shape[axis + 1 :])
            outer = size if axis == 0 else inner * length
            between = [inner]
            between += [each for each in cuts if inner < each < outer and outer % each == 0 and each % inner == 0]
            chain = [inner]
            for each in [*between[1:], outer]:
                if each % chain[-1] == 0 and each != chain[-1]:
                    chain.append(each)
            yield [high // low for low, high in reversed([*itertools.pairwise(chain)])]

    def cuts(self, size: int) -> list[int]:
        """Return how many elements the inner axes have, of all arrays whose samples have a number of elements."""
        return _cuts(self.graph, size)


def _cuts(grid: Grid, size: int) -> list[int]:
    shapes = {node.shape for node in grid.values() if node.has_items and grid.size_of_item(node.shape) == size}
    return sorted({math.prod(shape[axis:]) for shape in shapes for axis in range(1, len(shape))})
