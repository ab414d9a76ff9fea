"""Unfold any element into the elements that it was computed from: one level, or all, through all layers."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable

import attrs
import numpy as np

from glassnet.errors import OptionError
from glassnet_explanations.arithmetic.backward_lines import BackwardLines
from glassnet_explanations.arithmetic.forward_lines import ForwardLines
from glassnet_explanations.arithmetic.layer_graph import LayerGraph
from glassnet_explanations.arithmetic.line import Line, Term, element_name
from glassnet_explanations.element_names import parse_element
from glassnet_explanations.step_numbers import StepNumbers
from glassnet_names.nearest import did_you_mean

_NAME = re.compile(r"\s*(d?)(\d+)\.(.+?)\s*")
_HOW = "write 1.y[0, 3], d1.weights[0, 1], 1.weights[0, 1] change or loss"


def unfold(e: StepNumbers, element: str, levels: int | None = None) -> list[Line]:
    """Return the lines that lead to an element, the first ones first.

    Parameters
    ----------
    e
        The step.
    element
        Its name: ``"1.y[0, 3]"``, ``"d1.weights[0, 1]"``, ``"1.weights[0, 1] change"``, or an element of a variable,
        ``"1.attention[0, 0, 1, 2]"``, or ``"loss"``, without penalties. The input of layer 1 is called ``0.y``, as the
        output of the layer before.
    levels
        How many operations to go back; None for all, to the first input, the parameters and the loss.

    Raises
    ------
    OptionError
        If there is no such element, or its layer cannot be traced.
    """
    if levels is not None and levels < 1:
        raise OptionError(f"levels is 1 or more (got {levels}); leave it out for all")
    if element.strip() == "loss":
        lines = _Unfolding(e).loss()
        return lines if levels is None else _nearest(lines, levels)
    found = _NAME.fullmatch(element)
    if found is None:
        raise OptionError(f"{element!r} is not an element of a layer; {_HOW}")
    if found[3].endswith("change"):
        return [_change(e, element.strip().removesuffix("change"))]
    unfolding = _Unfolding(e)
    lines = unfolding.gradient(int(found[2]), found[3]) if found[1] else unfolding.value(int(found[2]), found[3])
    return lines if levels is None else _nearest(lines, levels)


class _Unfolding:
    """Finds lines layer by layer: each element is called by its layer, and an input as the output before it."""

    def __init__(self, e: StepNumbers) -> None:
        self._step = e
        self._graphs: dict[int, LayerGraph] = {}
        # What was unfolded already: its lines come earlier.
        self._done: set[tuple[str, int, int]] = set()

    def value(self, number: int, text: str) -> list[Line]:
        """Return the lines of a value of a layer."""
        graph, name, index = self._element(number, text)
        if name == "y":
            return self._output(number, index)
        if name == _input_name(number) and number:
            return self._output(number - 1, index)
        place = (_entry(graph, name), index) if name else _place_named(graph, f"{number}.{text}")
        entry = graph.entries[place[0]]
        if entry.statement is None:
            value = float(entry.value.flat[index])
            return [Line(element_name(name, entry.value.shape, index), "{}", (Term("given", value),), value)]
        return self._with_inputs(number, ForwardLines(graph).of_place(place))

    def gradient(self, number: int, text: str) -> list[Line]:
        """Return the lines of a gradient of a layer."""
        graph, name, index = self._element(number, text)
        if name == "y":
            return self._output_gradient(number, index)
        arithmetic = BackwardLines(graph)
        place = (_entry(graph, name), index) if name else _place_named(graph, f"{number}.{text}")
        return self._with_gradients(number, arithmetic.of_place(place))

    def loss(self) -> list[Line]:
        """Return the lines of the loss."""
        number = self._last()
        lines = ForwardLines(self._loss_graph(number)).of_output(0)
        shape = self._step.layers[number].values["output"].shape
        return _joined(lines, f"{number}.y", shape, lambda index: self._output(number, index))

    def _last(self) -> int:
        """Return the number of the layer whose output the loss is given."""
        return len(self._step.layers) - 1 - (self._step.loss_part.activation is not None)

    def _output(self, number: int, index: int) -> list[Line]:
        if ("y", number, index) in self._done:
            return []
        self._done.add(("y", number, index))
        return self._with_inputs(number, ForwardLines(self._graph(number)).of_output(index))

    def _with_inputs(self, number: int, lines: list[Line]) -> list[Line]:
        if number == 0:
            return lines
        shape = self._step.layers[number].values["input"].shape
        return _joined(lines, f"{number - 1}.y", shape, lambda index: self._output(number - 1, index))

    def _output_gradient(self, number: int, index: int) -> list[Line]:
        if ("dy", number, index) in self._done:
            return []
        self._done.add(("dy", number, index))
        if number == self._last():
            return BackwardLines(self._loss_graph(number)).of_place((0, index))
        graph = self._graph(number + 1)
        lines = BackwardLines(graph).of_place((_entry(graph, f"{number}.y"), index))
        return self._with_gradients(number + 1, lines)

    def _with_gradients(self, number: int, lines: list[Line]) -> list[Line]:
        shape = self._step.layers[number].values["output"].shape
        return _joined(lines, f"d{number}.y", shape, lambda index: self._output_gradient(number, index))

    def _element(self, number: int, text: str) -> tuple[LayerGraph, str, int]:
        """Return graph, array and index of an element; the array is empty for an element of a variable."""
        if number >= len(self._step.layers):
            raise OptionError(f"there is no layer {number}; there are {len(self._step.layers)}, which count from 0")
        graph = self._graph(number)
        arrays = {"y": graph.output, "x": self._step.layers[number].values["input"]}
        own = [entry for entry in graph.entries if entry.name != _input_name(number)]
        arrays |= {entry.name.removeprefix(f"{number}."): entry.value for entry in own}
        array = text.partition("[")[0].strip()
        if array not in arrays and _is_named(graph, f"{number}.{text}"):
            return graph, "", 0
        if array not in arrays:
            variables = {name.partition("[")[0].removeprefix(f"{number}.") for name in graph.names.values()}
            given = {entry.name.removeprefix(f"{number}.") for entry in own if entry.statement is None}
            known = sorted({"x", "y", *given, *variables})
            raise OptionError(f"layer {number} has no {array!r}{did_you_mean(array, known)}; it has {', '.join(known)}")
        name, index = parse_element(text, arrays)
        return graph, {"y": "y", "x": _input_name(number)}.get(name, f"{number}.{name}"), index

    def _graph(self, number: int) -> LayerGraph:
        if number not in self._graphs:
            layer = self._step.layers[number]
            if layer.graph is None:
                raise OptionError(f"layer {number} {layer.title} cannot be traced, so its elements do not unfold")
            self._graphs[number] = _named_by_layer(layer.graph, number)
        return self._graphs[number]

    def _loss_graph(self, number: int) -> LayerGraph:
        graph = self._step.loss_part.graph
        if graph is None:
            raise OptionError("the loss cannot be traced, so neither it nor gradients unfold")
        predictions = attrs.evolve(graph.entries[0], name=f"{number}.y")
        return attrs.evolve(graph, entries=[predictions, *graph.entries[1:]])


def _named_by_layer(graph: LayerGraph, number: int) -> LayerGraph:
    entries = [
        attrs.evolve(entry, name=_input_name(number) if entry.name == "x" else f"{number}.{entry.name}")
        for entry in graph.entries
    ]
    names = {place: f"{number}.{name}" for place, name in graph.names.items()}
    return attrs.evolve(graph, entries=entries, names=names, output_name=f"{number}.y")


def _input_name(number: int) -> str:
    return f"{number - 1}.y" if number else "0.x"


def _entry(graph: LayerGraph, name: str) -> int:
    return next(number for number, entry in enumerate(graph.entries) if entry.name == name)


def _is_named(graph: LayerGraph, name: str) -> bool:
    return "".join(name.split()) in {"".join(each.split()) for each in graph.names.values()}


def _place_named(graph: LayerGraph, name: str) -> tuple[int, int]:
    wanted = "".join(name.split())
    return next(place for place, each in graph.names.items() if "".join(each.split()) == wanted)


def _joined(
    lines: list[Line], array: str, shape: tuple[int, ...], before: Callable[[int], Iterable[Line]]
) -> list[Line]:
    """Return lines with those before them that lead to the elements of an array in them."""
    labels = {term.label for line in lines for term in line.terms if term.label.startswith(f"{array}[")}
    known = {array: np.empty(shape, np.bool_)}
    joined = {line.label: line for label in sorted(labels) for line in before(parse_element(label, known)[1])}
    return list((joined | {line.label: line for line in lines}).values())


def _change(e: StepNumbers, element: str) -> Line:
    """Return the terms of the change of a weight as a line."""
    name, index = parse_element(element, {name: e.parameters[name] for name in e.updates})
    parts = {term: values for term, values in e.updates[name].items() if term != "total"}
    terms = tuple(Term(term, float(values.flat[index])) for term, values in parts.items())
    label = f"{element_name(name, e.parameters[name].shape, index)} change"
    return Line(label, " + ".join(["{}"] * len(terms)), terms, float(e.updates[name]["total"].flat[index]))


def _nearest(lines: list[Line], levels: int) -> list[Line]:
    """Return the last line, and those that are fewer operations than `levels` before it."""
    wanted = {lines[-1].label}
    for _ in range(levels - 1):
        wanted |= {term.label for line in lines if line.label in wanted for term in line.terms}
    return [line for line in lines if line.label in wanted]
