"""A layer's forward as a graph of elements: each array that came about, and where its arguments came from."""

from __future__ import annotations

import itertools
from collections.abc import Mapping, Sequence
from typing import Any

import attrs
import numpy as np

from glassnet.errors import GlassnetError
from glassnet.types import Array
from glassnet_autodiff.bindings import Binding
from glassnet_autodiff.derivatives import tree_leaves
from glassnet_autodiff.statement import TapeEntry
from glassnet_autodiff.traced_array import TracedArray, noted_now, value_of
from glassnet_explanations.arithmetic.element_memory import ElementMemory, Origins
from glassnet_explanations.arithmetic.line import element_name
from glassnet_explanations.arithmetic.variable_names import Variable, VariableNames


@attrs.define(eq=False)
class GraphEntry:
    """One array of a layer: given, or the result of an operation.

    Attributes
    ----------
    name
        What it is called where no variable holds it, such as ``"v3"``.
    value, gradient
        The array, and the derivative of the loss by it.
    statement, part
        The operation that it is the result of, or None; and which of its results.
    sources
        For each argument of the operation, where its elements come from; None for an argument that is not traced.
    """

    name: str
    value: Array
    gradient: Array
    part: int = 0
    statement: TapeEntry | None = None
    sources: list[Any] = attrs.field(factory=list)

    def origin_of(self, argument: int, part: int, index: int) -> tuple[int, int]:
        """Return entry and index of an element of an argument; the entry is -1 if it is a constant."""
        if argument < 0:
            return -1, 0
        origins = self.sources[argument]
        if isinstance(origins, list):
            origins = _flat(origins)[part]
        return (-1, 0) if origins is None else (int(origins.entry.flat[index]), int(origins.index.flat[index]))


@attrs.frozen(eq=False)
class LayerGraph:
    """The entries of a layer in the order in which they came about, and where its output comes from.

    Attributes
    ----------
    output, output_gradient
        The layer's output, and the derivative of the loss by it.
    origins
        The entry and index of each element of the output.
    names
        What elements are called: by the variable that the author gave them to.
    output_name
        What the output is called in lines.
    variables
        The author's variables by their names.
    """

    entries: list[GraphEntry]
    output: Array
    output_gradient: Array
    origins: Origins
    names: dict[tuple[int, int], str]
    variables: dict[str, Variable]
    output_name: str = "y"

    def name_of(self, number: int, index: int) -> str:
        """Return what an element is called, such as ``"weights[0, 1]"``."""
        entry = self.entries[number]
        return self.names.get((number, index)) or element_name(entry.name, entry.value.shape, index)


def layer_graph(
    tape: Any,
    given: Mapping[str, TracedArray],
    values: Mapping[str, Array],
    y: Any,
    dy: Array | None,
    bindings: Sequence[Binding],
) -> LayerGraph | None:
    """Return the graph of what a tape recorded, or None where its derivative is not known.

    Parameters
    ----------
    tape
        The tape of one layer.
    given, values
        The arrays that the layer was given, input, parameters and state, and their values then.
    y, dy
        The output, and the derivative of the loss by it; zeros if None.
    bindings
        Which variables were given arrays, in their order.
    """
    y = noted_now(y)
    output = np.asarray(value_of(y))
    slope = np.zeros(output.shape) if dy is None else dy
    memory = ElementMemory()
    entries: list[GraphEntry] = []
    try:
        gradients = tape.backward(y, slope)
    except GlassnetError:
        return None
    for name, array in given.items():
        memory.write(array.value, len(entries))
        entries.append(GraphEntry(name, values[name], array.gradient.copy()))
    names = VariableNames(given, bindings)
    for place, (statement, gradient) in enumerate(zip(tape.statements, gradients, strict=True)):
        names.read(place, memory)
        sources = [_origins(argument, memory) for argument in statement.arguments]
        leaves = zip(*map(tree_leaves, (statement.output, statement.y, gradient)), strict=True)
        for part, (output_leaf, value, its) in enumerate(leaves):
            if isinstance(output_leaf, TracedArray):
                memory.write(output_leaf.value, len(entries), statement.where)
                entries.append(GraphEntry("", np.asarray(value), np.asarray(its), part, statement, sources))
    origins = memory.origins(y.value) if isinstance(y, TracedArray) else Origins(*(np.full(output.shape, -1),) * 2)
    names.read(len(tape.statements), memory)
    names.end(memory)
    numbers = itertools.count(1)
    for entry in entries:
        entry.name = entry.name or f"v{next(numbers)}"
    return LayerGraph(entries, output, slope, origins, names.of_elements, names.variables(origins))


def _origins(argument: Any, memory: ElementMemory) -> Any:
    """Return the origins of an argument, or of each array in a list of them."""
    if isinstance(argument, (list, tuple)):
        return [_origins(each, memory) for each in argument]
    return memory.origins(argument.value) if isinstance(argument, TracedArray) else None


def _flat(origins: Any) -> list[Origins | None]:
    """Return the origins in nested lists, in order."""
    return [leaf for each in origins for leaf in _flat(each)] if isinstance(origins, list) else [origins]
