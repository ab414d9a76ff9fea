"""A layer's forward as a graph of elements: each array that came about, and where its arguments came from."""

from __future__ import annotations

import ast
import itertools
import linecache
import re
from collections import Counter
from collections.abc import Mapping
from typing import Any

import attrs
import numpy as np

from glassnet.errors import GlassnetError
from glassnet.types import Array
from glassnet_autodiff.derivatives import tree_leaves
from glassnet_autodiff.statement import TapeEntry
from glassnet_autodiff.traced_array import TracedArray, noted_now, value_of
from glassnet_explanations.arithmetic.element_memory import ElementMemory, Origins

# What the input and the output of a layer are called.
_RESERVED = ("x", "y")
_PLACE = re.compile(r"(.*), line (\d+)")


@attrs.define(eq=False)
class GraphEntry:
    """One array of a layer: given, or the result of an operation.

    Attributes
    ----------
    name
        What it is called: as the author called it, where a line assigns it, or ``"v3"``.
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
    """

    entries: list[GraphEntry]
    output: Array
    output_gradient: Array
    origins: Origins


def layer_graph(
    tape: Any, given: Mapping[str, TracedArray], values: Mapping[str, Array], y: Any, dy: Array | None
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
    for statement, gradient in zip(tape.statements, gradients, strict=True):
        sources = [_origins(argument, memory) for argument in statement.arguments]
        leaves = zip(*map(tree_leaves, (statement.output, statement.y, gradient)), strict=True)
        for part, (output_leaf, value, its) in enumerate(leaves):
            if isinstance(output_leaf, TracedArray):
                memory.write(output_leaf.value, len(entries), statement.where)
                entries.append(GraphEntry("", np.asarray(value), np.asarray(its), part, statement, sources))
    origins = memory.origins(y.value) if isinstance(y, TracedArray) else Origins(*(np.full(output.shape, -1),) * 2)
    _name(entries)
    return LayerGraph(entries, output, slope, origins)


def _origins(argument: Any, memory: ElementMemory) -> Any:
    """Return the origins of an argument, or of each array in a list of them."""
    if isinstance(argument, (list, tuple)):
        return [_origins(each, memory) for each in argument]
    return memory.origins(argument.value) if isinstance(argument, TracedArray) else None


def _flat(origins: Any) -> list[Origins | None]:
    """Return the origins in nested lists, in order."""
    return [leaf for each in origins for leaf in _flat(each)] if isinstance(origins, list) else [origins]


def _name(entries: list[GraphEntry]) -> None:
    """Name the results: by what the line of the author assigns, where the operation is the line's last; else v1, v2."""
    computed = [entry for entry in entries if entry.statement is not None]
    numbers = itertools.count(1)
    taken = {*_RESERVED, *(entry.name for entry in entries)}
    wanted: list[str] = []
    for entry, following in itertools.zip_longest(computed, computed[1:]):
        assert entry.statement is not None
        is_last = following is None or following.statement.line != entry.statement.line
        wanted.append(assigned_name(entry.statement.line) if is_last else "")
    often = Counter(wanted)
    seen: Counter[str] = Counter()
    for entry, name in zip(computed, wanted, strict=True):
        if not name or name in taken:
            entry.name = f"v{next(numbers)}"
        else:
            entry.name = name if often[name] == 1 else f"{name}#{seen[name]}"
            seen[name] += 1


def assigned_name(line: str) -> str:
    """Return the variable that a line of source code assigns, or an empty text if it is not one name."""
    found = _PLACE.fullmatch(line)
    if found is None:
        return ""
    text = linecache.getline(found[1], int(found[2])).strip()
    try:
        (node,) = ast.parse(text).body
    except (SyntaxError, ValueError):
        return ""
    targets = node.targets if isinstance(node, ast.Assign) else [node.target] if isinstance(node, ast.AugAssign) else []
    target = targets[0] if len(targets) == 1 else None
    while isinstance(target, ast.Subscript):
        target = target.value
    return target.id if isinstance(target, ast.Name) else ""
