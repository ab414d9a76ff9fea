"""How the gradient of an element came about, line by line, from the gradient of the layer's output."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from typing import Any

import attrs
import numpy as np

from glassnet.types import Array
from glassnet_autodiff.derivatives import name_of, tree_leaves
from glassnet_explanations.arithmetic.element_memory import Origins
from glassnet_explanations.arithmetic.forward_lines import ForwardLines
from glassnet_explanations.arithmetic.layer_graph import GraphEntry, LayerGraph
from glassnet_explanations.arithmetic.line import Line, Term, element_name, number_text, sum_of
from glassnet_explanations.arithmetic.operands import movement, slopes_of

# An operation whose elements depend on several is asked for the slopes of this number of results.
_MOST_RESULTS = 4096


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
        self._slopes: dict[tuple[int, int, int], Array] = {}
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
        entry = self._graph.entries[reader]
        for result, slope in self._slopes_at(entry, reader, argument, part, place):
            if slope != 0:
                yield Share(slope, self._symbol(entry, reader, argument, result, slope), reader, result)

    def _slopes_at(
        self, entry: GraphEntry, reader: int, argument: int, part: int, place: int
    ) -> Iterator[tuple[int, float]]:
        """Yield each element of a result that depends on an element of an argument, with the slope."""
        statement = entry.statement
        assert statement is not None
        value = np.asarray(tree_leaves(statement.values[argument])[part])
        if statement.is_elementwise:
            slopes = self._slopes_of_all(entry, reader, argument, part)
            places = np.broadcast_to(np.arange(value.size).reshape(value.shape), entry.value.shape).ravel()
            slopes = np.broadcast_to(slopes, entry.value.shape).ravel()
            written = np.broadcast_to(statement.where, entry.value.shape).ravel()
            for result in np.flatnonzero((places == place) & written):
                yield int(result), float(slopes[result])
        elif (moved := movement(statement, entry.part)) is not None:
            arguments, parts, places = (each.ravel() for each in moved)
            for result in np.flatnonzero((arguments == argument) & (parts == part) & (places == place)):
                yield int(result), 1.0
        else:
            yield from self._by_result(entry, reader, argument, part, place)

    def _slopes_of_all(self, entry: GraphEntry, reader: int, argument: int, part: int) -> Any:
        """Return the slope of each result of an elementwise operation by one of its arguments."""
        key = (reader, argument, part)
        if key not in self._slopes:
            statement = entry.statement
            assert statement is not None
            with np.errstate(all="ignore"):
                gradients = statement.rule(
                    np.ones(entry.value.shape), statement.y, *statement.values, **statement.named
                )
            self._slopes[key] = np.real(np.asarray(gradients[argument]))
        return self._slopes[key]

    def _by_result(
        self, entry: GraphEntry, reader: int, argument: int, part: int, place: int
    ) -> Iterator[tuple[int, float]]:
        key = (reader, argument, part)
        if key not in self._slopes:
            statement = entry.statement
            assert statement is not None
            value = np.asarray(tree_leaves(statement.values[argument])[part])
            rows = np.zeros((entry.value.size, value.size))
            for result in np.flatnonzero(entry.gradient)[:_MOST_RESULTS]:
                for number, which, _, slopes in slopes_of(statement, entry.part, int(result)):
                    if (number, which) == (argument, part):
                        rows[result] = slopes.ravel()
            self._slopes[key] = rows
        column = self._slopes[key][:, place]
        for result in np.flatnonzero(column):
            yield int(result), float(column[result])

    def _symbol(self, entry: GraphEntry, reader: int, argument: int, result: int, slope: float) -> str:
        """Return what a slope is called: the other factor of a product, or the derivative of a function."""
        operation = self._forward.operation(reader, result)
        assert operation is not None
        assert entry.statement is not None
        name = name_of(entry.statement.function).rpartition(".")[2]
        if name in ("multiply", "matmul", "dot"):
            for first, second in zip(operation.operands[::2], operation.operands[1::2], strict=True):
                other = second if first.argument == argument else first
                if other.value == slope:
                    origin = self._forward.source(*entry.origin_of(other.argument, other.part, other.index))
                    return self._forward.term(*origin, other.value).label
        if slope == 1:
            return "1"
        if len(operation.operands) == 1 and name != "negative":
            (operand,) = operation.operands
            origin = self._forward.source(*entry.origin_of(operand.argument, operand.part, operand.index))
            return f"{name}'({self._forward.term(*origin, operand.value).label})"
        return number_text(slope)


def _leaves(origins: Any) -> list[Any]:
    return [leaf for each in origins for leaf in _leaves(each)] if isinstance(origins, list) else [origins]
