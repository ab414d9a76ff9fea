"""How the gradient of an element came about, line by line, from the gradient of the layer's output."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from typing import Any

import attrs
import numpy as np

from glassnet_explanations.arithmetic.element_memory import Origins
from glassnet_explanations.arithmetic.forward_lines import ForwardLines
from glassnet_explanations.arithmetic.layer_graph import LayerGraph
from glassnet_explanations.arithmetic.line import Line, Term, element_name, number_text, sum_of
from glassnet_explanations.arithmetic.slopes import OperationSlopes, Slope


@attrs.frozen(eq=False)
class Share:
    """A part of a gradient: the slope of a later element, and that element's place; the layer's output is place -1."""

    slope: float
    symbol: str
    number: int
    index: int


class BackwardLines:
    """The arithmetic of a layer's backward."""

    def __init__(self, graph: LayerGraph) -> None:
        self._graph = graph
        self._forward = ForwardLines(graph)
        self._readers: dict[int, list[tuple[int, int, int, Origins]]] = defaultdict(list)
        self._operations: dict[int, OperationSlopes] = {}
        self._found: dict[tuple[int, int], list[Share]] = {}
        self._lines: dict[tuple[int, int], Line] = {}
        for number, entry in enumerate(graph.entries):
            for argument, origins in enumerate(entry.sources):
                for part, each in enumerate(_leaves(origins)):
                    for read in () if each is None else np.unique(each.entry):
                        self._readers[int(read)].append((number, argument, part, each))

    def of_given(self, name: str, index: int) -> list[Line]:
        """Return the lines that lead from the gradient of the output to that of one element of an array by its name."""
        return self.of_place((next(i for i, entry in enumerate(self._graph.entries) if entry.name == name), index))

    def of_place(self, place: tuple[int, int]) -> list[Line]:
        """Return the same for one element of an entry, by the entry's number and the flat index."""
        found: dict[tuple[int, int], Line] = {}
        waiting = [(place, False)]
        while waiting:
            at, is_ready = waiting.pop()
            if at in found:
                continue
            shares = self._shares(*at)
            if is_ready:
                if at not in self._lines:
                    self._lines[at] = self._line(at, shares)
                found[at] = self._lines[at]
                continue
            waiting.append((at, True))
            for share in reversed(shares):
                place = self._end(share.number, share.index)
                if place[0] >= 0 and place not in found:
                    waiting.append((place, False))
        return list(found.values())

    def _line(self, place: tuple[int, int], shares: list[Share]) -> Line:
        entry = self._graph.entries[place[0]]
        label = "d" + self._graph.name_of(*place)
        products = []
        for share in shares:
            at = self._end(share.number, share.index)
            gradient = self._gradient(*at)
            slope = [] if share.symbol == "1" else [Term(share.symbol, share.slope)]
            products.append([*slope, gradient])
        value = float(np.real(entry.gradient.flat[place[1]]))
        if not products:
            return Line(label, "{}", (Term("0", 0.0),), value)
        return Line(label, *sum_of(products), value)

    def _gradient(self, number: int, index: int) -> Term:
        if number < 0:
            graph = self._graph
            name = "d" + element_name(graph.output_name, graph.output.shape, index)
            return Term(name, float(graph.output_gradient.flat[index]))
        entry = self._graph.entries[number]
        name = "d" + self._graph.name_of(number, index)
        return Term(name, float(np.real(entry.gradient.flat[index])))

    def _end(self, number: int, index: int) -> tuple[int, int]:
        """Return the last element that has the same gradient: the element was moved, or a constant was added."""
        while number >= 0:
            shares = self._shares(number, index)
            if len(shares) != 1 or shares[0].symbol != "1":
                break
            number, index = shares[0].number, shares[0].index
        return number, index

    def _shares(self, number: int, index: int) -> list[Share]:
        """Return all parts of the gradient of one element; those that are 0 are left out."""
        if (number, index) not in self._found:
            self._found[number, index] = self._computed_shares(number, index)
        return self._found[number, index]

    def _computed_shares(self, number: int, index: int) -> list[Share]:
        graph = self._graph
        shares: list[Share] = []
        ends = np.flatnonzero((graph.origins.entry.ravel() == number) & (graph.origins.index.ravel() == index))
        shares += [Share(1.0, "1", -1, int(place)) for place in ends]
        for reader, argument, part, origins in self._readers[number]:
            places = np.flatnonzero((origins.entry.ravel() == number) & (origins.index.ravel() == index))
            for place in places:
                shares += self._shares_of(reader, argument, part, int(place))
        return [share for share in shares if self._gradient(share.number, share.index).value != 0]

    def _shares_of(self, reader: int, argument: int, part: int, place: int) -> Iterator[Share]:
        """Yield the parts that one element of an argument gets from the results of one operation."""
        if reader not in self._operations:
            self._operations[reader] = OperationSlopes(self._graph.entries[reader])
        for slope in self._operations[reader].of(argument, part, place):
            if slope.value != 0 and self._gradient(reader, slope.result).value != 0:
                yield Share(slope.value, self._symbol(reader, slope), reader, slope.result)

    def _symbol(self, reader: int, slope: Slope) -> str:
        """Return what a slope is called: the other factor of a product, or the derivative of a function."""
        operation = self._operations[reader]
        if slope.factor is not None:
            return self._label(reader, *slope.factor)
        if slope.value == 1:
            return "1"
        place = operation.unary_place(slope.result)
        if place is not None and operation.function != "negative":
            return f"{operation.function}'({self._label(reader, *place)})"
        return number_text(slope.value)

    def _label(self, reader: int, argument: int, index: int) -> str:
        """Return what an element of an argument is called."""
        entry = self._graph.entries[reader]
        assert entry.statement is not None
        value = float(np.real(np.asarray(entry.statement.values[argument]).flat[index]))
        return self._forward.term(*self._forward.source(*entry.origin_of(argument, 0, index)), value).label


def _leaves(origins: Any) -> list[Any]:
    return [leaf for each in origins for leaf in _leaves(each)] if isinstance(origins, list) else [origins]
