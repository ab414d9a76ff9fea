"""How an element of a layer's output was computed, line by line, from the layer's input and parameters."""

from __future__ import annotations

import numpy as np

from glassnet_explanations.arithmetic.layer_graph import LayerGraph
from glassnet_explanations.arithmetic.line import Line, Term, element_name, number_text, sum_of
from glassnet_explanations.arithmetic.operands import operation_of
from glassnet_explanations.arithmetic.operation import Operand, Operation

_ADDS = ("{} + {}", "{} - {}")


class ForwardLines:
    """The arithmetic of a layer's forward.

    Parameters
    ----------
    graph
        What the layer computed.
    """

    def __init__(self, graph: LayerGraph) -> None:
        self._graph = graph
        self._operations: dict[tuple[int, int], Operation | None] = {}
        self._lines: dict[tuple[int, int], tuple[Line, list[tuple[int, int]]]] = {}

    def of_output(self, index: int, levels: int | None = None) -> list[Line]:
        """Return the lines that lead to one element of the output, the first ones first.

        Parameters
        ----------
        index
            Flat index of the element.
        levels
            How many operations to go back; None for all, to the input and the parameters.
        """
        graph = self._graph
        found: dict[tuple[int, int], Line] = {}
        label = element_name(graph.output_name, graph.output.shape, index)
        place = self.source(int(graph.origins.entry.flat[index]), int(graph.origins.index.flat[index]))
        value = float(graph.output.flat[index])
        if self.operation(*place) is None:
            return [Line(label, "{}", (self.term(*place, value),), value)]
        self._collect(place, found, levels)
        *before, last = found.values()
        return [*before, Line(label, last.pattern, last.terms, value)]

    def of_place(self, place: tuple[int, int]) -> list[Line]:
        """Return the lines that lead to one element of an entry, by the entry's number and the flat index."""
        found: dict[tuple[int, int], Line] = {}
        self._collect(place, found, None)
        return list(found.values())

    def reach(self, index: int, name: str) -> set[int]:
        """Return the flat indices of the elements of a given array that one element of the output depends on."""
        graph = self._graph
        start = (int(graph.origins.entry.flat[index]), int(graph.origins.index.flat[index]))
        waiting, seen, found = [self.source(*start)], set(), set()
        while waiting:
            place = waiting.pop()
            if place in seen or place[0] < 0:
                continue
            seen.add(place)
            operation = self.operation(*place)
            if operation is not None:
                waiting += [self._operand(place, operand) for operand in operation.operands]
            elif graph.entries[place[0]].name == name:
                found.add(place[1])
        return found

    def _collect(self, place: tuple[int, int], found: dict[tuple[int, int], Line], levels: int | None) -> None:
        """Put the lines that lead to an element, and its own, into `found`; chains are too long for recursion."""
        waiting: list[tuple[tuple[int, int], int, bool]] = [(place, 0, False)]
        while waiting:
            at, depth, is_ready = waiting.pop()
            if at in found:
                continue
            if at not in self._lines:
                self._lines[at] = self._line(at)
            line, needed = self._lines[at]
            if is_ready or (levels is not None and depth + 1 >= levels):
                found[at] = line
                continue
            waiting.append((at, depth, True))
            waiting += [(one, depth + 1, False) for one in reversed(needed) if one not in found]

    def _line(self, place: tuple[int, int]) -> tuple[Line, list[tuple[int, int]]]:
        """Return the line of one element, and the places of computed elements in it."""
        operation = self.operation(*place)
        assert operation is not None
        pattern, terms, needed = self._expression(place, operation)
        entry = self._graph.entries[place[0]]
        label = self._graph.name_of(*place)
        return Line(label, pattern, terms, float(np.real(entry.value.flat[place[1]]))), needed

    def _expression(
        self, place: tuple[int, int], operation: Operation
    ) -> tuple[str, tuple[Term, ...], list[tuple[int, int]]]:
        """Return pattern, terms and computed elements of an operation; a sum that is added to is written out."""
        places = [self._operand(place, operand) for operand in operation.operands]
        if width := operation.factors:
            groups = [range(start, start + width) for start in range(0, len(places), width)]
            products = [[self.term(*places[i], operation.operands[i].value) for i in group] for group in groups]
            pattern, terms = sum_of(products)
            if operation.divisor != 1:
                pattern = f"({pattern}) / {operation.divisor}"
            kept = {term.label for term in terms}
            needed = [at for at, one in zip(places, operation.operands, strict=True) if self._is_in(at, one, kept)]
            return pattern, terms, needed
        patterns: list[str] = []
        all_terms: list[Term] = []
        needed = []
        for number, (at, operand) in enumerate(zip(places, operation.operands, strict=True)):
            inner = self.operation(*at)
            if (
                operation.pattern in _ADDS
                and number == 0
                and inner is not None
                and inner.factors
                and inner.divisor == 1
            ):
                pattern, terms, further = self._expression(at, inner)
                patterns.append(pattern)
                all_terms += terms
                needed += further
            else:
                patterns.append("{}")
                all_terms.append(self.term(*at, operand.value))
                needed += [at] if inner is not None else []
        return operation.pattern.format(*patterns), tuple(all_terms), needed

    def _is_in(self, place: tuple[int, int], operand: Operand, labels: set[str]) -> bool:
        return self.operation(*place) is not None and self.term(*place, operand.value).label in labels

    def _operand(self, place: tuple[int, int], operand: Operand) -> tuple[int, int]:
        entry = self._graph.entries[place[0]]
        return self.source(*entry.origin_of(operand.argument, operand.part, operand.index))

    def source(self, number: int, index: int) -> tuple[int, int]:
        """Return where an element was computed or given, before it was moved. The entry of a constant is -1."""
        while number >= 0:
            operation = self.operation(number, index)
            if operation is None or (operation.operands and not operation.moves):
                break
            if not operation.operands:
                return -1, 0
            (operand,) = operation.operands
            number, index = self._graph.entries[number].origin_of(operand.argument, operand.part, operand.index)
        return number, index

    def operation(self, number: int, index: int) -> Operation | None:
        """Return how an element was computed; None for what was given and for constants."""
        if number < 0:
            return None
        if (number, index) not in self._operations:
            entry = self._graph.entries[number]
            made = None if entry.statement is None else operation_of(entry.statement, entry.part, index)
            self._operations[number, index] = made
        return self._operations[number, index]

    def term(self, number: int, index: int, value: float) -> Term:
        """Return an element as a term; a constant is called by its value."""
        if number < 0:
            return Term(number_text(value), value)
        return Term(self._graph.name_of(number, index), value)
