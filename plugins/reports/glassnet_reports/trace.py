"""A trace: all operations of a network and its loss on one batch, with their values and gradients."""

from __future__ import annotations

import itertools
import os
from typing import TYPE_CHECKING, Any

import attrs
import numpy as np

from glassnet.components.loss import Loss
from glassnet.data.validation import as_split
from glassnet.model.mask import at_real_steps, compute_mask, mask_of_targets
from glassnet.registry.registry import create
from glassnet.types import Array
from glassnet_autodiff.derivatives import name_of, tree_leaves
from glassnet_autodiff.memory_layout import offset, owner
from glassnet_autodiff.statement import TapeEntry
from glassnet_autodiff.tape import Tape
from glassnet_autodiff.traced_array import TracedArray
from glassnet_autodiff.traced_layer import TracingContext
from glassnet_autodiff.tracing_error import named
from glassnet_autodiff.tree import named_leaves, tree_map
from glassnet_files.files import atomic_write, check_ending

if TYPE_CHECKING:
    from glassnet.network import Network

_SIGNS = {"add": "+", "subtract": "−", "multiply": "×", "divide": "/", "matmul": "@", "power": "^"}
_SIGNS |= {"greater": ">", "greater_equal": "≥", "less": "<", "less_equal": "≤", "equal": "="}
_WRITTEN = {
    "negative": "−{}",
    "absolute": "|{}|",
    "square": "{}²",
    "maximum": "max({}, {})",
    "minimum": "min({}, {})",
    "getitem": "{}[…]",
    "setitem": "{0} with {2} in places",
    "copyto": "{1}",
}


@attrs.frozen(eq=False)
class Node:
    """An array in a trace, and where it came from.

    Attributes
    ----------
    name
        ``"x"``, ``"y"``, the name of a parameter such as ``"0.weights"``, or ``"v3"`` for the third result.
    kind
        ``"input"``, ``"target"``, ``"parameter"``, ``"state"`` or ``"operation"``.
    part
        Index of the part of the network that it belongs to.
    operation
        What NumPy calls the operation, such as ``"np.matmul"``; empty where nothing was computed.
    text
        The operation with its arguments, such as ``"x @ weights"``; otherwise the name within the part.
    value
        The array.
    gradient
        The derivative of the loss with respect to it.
    inputs
        The names of the nodes that it was computed from.
    """

    name: str
    kind: str
    part: int
    operation: str
    text: str
    value: Array
    gradient: Array
    inputs: tuple[str, ...]


@attrs.frozen(eq=False)
class Part:
    """A layer of the network, or the loss: title and formula."""

    title: str
    formula: str


@attrs.frozen(eq=False, repr=False)
class Trace:
    """The graph of operations from a batch to its loss. In a notebook it shows as a picture.

    Attributes
    ----------
    loss
        The loss of the batch, without penalties.
    parts
        The layers, and the loss as the last one.
    nodes
        Every array by its name, in the order in which they came about; the last is the loss.
    """

    loss: float
    parts: tuple[Part, ...]
    nodes: dict[str, Node]

    def __repr__(self) -> str:
        """Return one line an array: ``v1 = x @ weights  (4, 2)``."""
        lines = (f"{n.name}{f' = {n.text}' if n.operation else ''}  {n.value.shape}" for n in self.nodes.values())
        return "\n".join(lines)

    def svg(self) -> str:
        """Return the picture of the graph as the text of an SVG file."""
        from glassnet_reports.trace_drawing import draw

        return draw(self)

    def _repr_svg_(self) -> str:
        return self.svg()

    def save(self, path: str | os.PathLike[str]) -> None:
        """Write the picture to an SVG file.

        Raises
        ------
        FileError
            When it cannot be written, or its ending names another format.
        """
        atomic_write(check_ending(path, [".svg"], "traces are drawn as SVG"), self.svg().encode())


def trace(network: Network, x: Any, y: Any, loss: Loss | str, *, training: bool, seed: int, fused: bool) -> Trace:
    """Run a network and a loss on a tape; see `Network.trace`."""
    twin = network.copy(dtype="float64")
    split = as_split(x, y)
    chosen: Loss = create("loss", loss)
    (inputs, targets), _ = next(twin.feed(split, chosen).sequential_batches(len(split)))
    last = twin.layers[-1] if twin.layers else None
    in_one = chosen.fuse(last) if fused and last is not None else None
    layers = twin.layers if in_one is None else twin.layers[:-1]
    computed = chosen if in_one is None else in_one
    title = repr(chosen) if in_one is None else f"{last!r} and {chosen!r} in one formula"
    parts = [Part(f"{index}  {layer!r}", layer.formula) for index, layer in enumerate(layers)]
    notes = _Notes(Tape(np.float64))
    with twin.workspace(training=training, seed=seed) as ctx:
        state = tree_map(notes.tape.array, ctx.state)
        params = tree_map(notes.tape.array, twin.parameter_views)
        result = notes.given("x", "input", 0, inputs)
        for kind, tree in (("parameter", params), ("state", state)):
            traced: dict[str, Any] = named_leaves(tree)
            for name, array in traced.items():
                notes.give(name, kind, int(name.partition(".")[0]), array)
        context = TracingContext(notes.tape, ctx, state)
        context.mask = twin.sequence.mask_of_input(inputs)
        for key, layer in enumerate(twin.sequence.layers[: len(layers)]):
            child = context.child(str(key), trainable=layer.trainable)
            with named(parts[key].title):
                result, _ = layer.forward(params.get(str(key), {}), result, child)
            context.mask = compute_mask(layer, context.mask, child.mask, result)
            notes.end_part()
    wanted = notes.given("y", "target", len(layers), targets)
    mask = mask_of_targets(context.mask, targets)
    with named(title):
        number: Any = computed.forward(at_real_steps(mask, result), at_real_steps(mask, wanted))
    notes.end_part()
    if not isinstance(number, TracedArray):
        number = notes.tape.array(number)
    nodes = notes.nodes(number)
    return Trace(float(number.value), (*parts, Part(title, computed.formula)), nodes)


class _Notes:
    """A tape, what the arrays that were there at first are called, and where one part of the network ends."""

    def __init__(self, tape: Tape) -> None:
        self.tape = tape
        self._given: list[tuple[TracedArray, _Entry]] = []
        self._ends: list[int] = []

    def given(self, name: str, kind: str, part: int, array: Array) -> Any:
        """Return an array as a traced one that has a name; integers as they are."""
        if array.dtype.kind != "f":
            return array
        traced = self.tape.array(array)
        self.give(name, kind, part, traced)
        return traced

    def give(self, name: str, kind: str, part: int, array: TracedArray) -> None:
        """Name a traced array."""
        self._given.append((array, _Entry(part, array.value.copy(), array.gradient, name=name, kind=kind)))

    def end_part(self) -> None:
        """Let what is computed from now on belong to the next part."""
        self._ends.append(len(self.tape.statements))

    def nodes(self, result: TracedArray) -> dict[str, Node]:
        """Go back over the tape, and return the nodes that `result` was computed from."""
        gradients = self.tape.backward(result)
        memory = _Memory()
        for array, entry in self._given:
            memory.write(array.value, entry)
        entries = [entry for _, entry in self._given]
        for place, (statement, gradient) in enumerate(zip(self.tape.statements, gradients, strict=True)):
            part = next(part for part, end in enumerate(self._ends) if place < end)
            sources = [(array, memory.written_to(array.value)) for array in _read_by(statement)]
            results = zip(*map(tree_leaves, (statement.output, statement.y, gradient)), strict=True)
            for output, y, its in results:
                if isinstance(output, TracedArray):
                    entries.append(_Entry(part, y, its, statement=statement, sources=sources))
                    memory.write(output.value, entries[-1])
        needed = set(memory.written_to(result.value))
        for entry in reversed(entries):
            if entry in needed:
                needed.update(entry.inputs)
        nodes = {}
        count = itertools.count(1)
        for entry in entries:
            if entry in needed:
                entry.name = entry.name or f"v{next(count)}"
                nodes[entry.name] = entry.node()
        return nodes


@attrs.define(eq=False)
class _Entry:
    """A node in the making: it has no name before it is known which of them are needed."""

    part: int
    value: Array
    gradient: Array
    name: str = ""
    kind: str = "operation"
    statement: TapeEntry | None = None
    sources: list[tuple[TracedArray, list[_Entry]]] = attrs.field(factory=list)

    @property
    def inputs(self) -> list[_Entry]:
        """What it was computed from, each once."""
        return list(dict.fromkeys(entry for _, entries in self.sources for entry in entries))

    def node(self) -> Node:
        """Return the node, when all inputs have their names."""
        operation = text = ""
        if self.statement is not None:
            operation, text = name_of(self.statement.function), _text(self, self.statement)
        inputs = tuple(entry.name for entry in self.inputs)
        text = text or self.word(self.part)
        return Node(self.name, self.kind, self.part, operation, text, self.value, self.gradient, inputs)

    def word(self, part: int) -> str:
        """Return what it is called in the text of an operation of `part`."""
        return self.name.partition(".")[2] if self.part == part and "." in self.name else self.name


class _Memory:
    """Who wrote each element of the arrays on a tape last."""

    def __init__(self) -> None:
        self._entries: list[_Entry] = []
        self._last: dict[int, tuple[Array, Array]] = {}

    def write(self, place: Array, entry: _Entry) -> None:
        """Note what was written to a place."""
        self._last_of(place)[...] = len(self._entries)
        self._entries.append(entry)

    def written_to(self, place: Array) -> list[_Entry]:
        """Return the entries of a place, oldest first."""
        return [self._entries[index] for index in np.unique(self._last_of(place)) if index >= 0]

    def _last_of(self, place: Array) -> Array:
        """Return the numbers of the entries that wrote to each byte of a place; the last axis is that of the bytes."""
        owned = owner(place)
        # The owner is kept too, so that no other array gets its memory.
        _, last = self._last.setdefault(id(owned), (owned, np.full(owned.nbytes, -1)))
        strides = [step * last.itemsize for step in (*place.strides, 1)]
        start = offset(place) * last.itemsize
        return np.ndarray((*place.shape, place.itemsize), last.dtype, last, start, strides)


def _read_by(statement: TapeEntry) -> list[TracedArray]:
    """Return the traced arrays that the result depends on."""
    replaced = statement.function is np.copyto and statement.named.get("where", True) is True
    read = tree_leaves(statement.arguments[1:] if replaced else statement.arguments)
    kept = [] if statement.where is True else [statement.output]
    return [leaf for leaf in [*read, *kept] if isinstance(leaf, TracedArray)]


def _text(entry: _Entry, statement: TapeEntry) -> str:
    """Return an operation as one would write it, with the names of its arguments."""
    names = {
        id(array): "…".join(dict.fromkeys([entries[0].word(entry.part), entries[-1].word(entry.part)]))
        for array, entries in entry.sources
        if entries
    }

    def word(argument: Any) -> str:
        if isinstance(argument, (list, tuple)):
            return f"[{', '.join(map(word, argument))}]"
        if isinstance(argument, TracedArray):
            return names.get(id(argument), "new")
        if isinstance(argument, np.ndarray) and argument.size == 1:
            argument = argument.item()
        if isinstance(argument, (int, float, np.number)):
            return f"{argument:.4g}"
        return argument if isinstance(argument, str) else "…"

    name = name_of(statement.function).rpartition(".")[2]
    words = [word(argument) for argument in statement.arguments]
    if name in _SIGNS and len(words) == 2:
        return f"{words[0]} {_SIGNS[name]} {words[1]}"
    if name == "copyto" and "where" in statement.named:
        words, name = [words[0], "", words[1]], "setitem"
    if name in _WRITTEN:
        return _WRITTEN[name].format(*words)
    named = [f"{key}={value}" for key, value in statement.named.items() if np.ndim(value) < 2]
    return f"{name}({', '.join([*words, *named])})"
