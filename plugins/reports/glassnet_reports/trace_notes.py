"""The notes of a trace: which array each operation was computed from, and which part of it."""

from __future__ import annotations

import itertools
from collections import Counter
from collections.abc import Sequence
from typing import Any

import attrs
import numpy as np
from numpy.lib.stride_tricks import sliding_window_view

from glassnet.types import Array
from glassnet_autodiff.bindings import Binding
from glassnet_autodiff.derivatives import name_of, tree_leaves
from glassnet_autodiff.memory_layout import offset, owner
from glassnet_autodiff.statement import TapeEntry
from glassnet_autodiff.tape import Tape
from glassnet_autodiff.traced_array import TracedArray
from glassnet_reports.operation_text import text_of
from glassnet_reports.shown_part import part_text, positions, used_part
from glassnet_reports.trace_nodes import Node, ShownPart


class Notes:
    """A tape, what the arrays that were there at first are called, and where one part of the network ends."""

    def __init__(self, tape: Tape) -> None:
        self.tape = tape
        self._given: list[tuple[TracedArray, NodeDraft]] = []
        self._ends: list[int] = []
        self._bindings: list[tuple[Binding, str]] = []

    def given(self, name: str, kind: str, part: int, array: Array) -> Any:
        """Return an array as a traced one that has a name; integers as they are."""
        if array.dtype.kind != "f":
            return array
        traced = self.tape.array(array)
        self.give(name, kind, part, traced)
        return traced

    def give(self, name: str, kind: str, part: int, array: TracedArray) -> None:
        """Name a traced array."""
        self._given.append((array, NodeDraft(part, array.value.copy(), array.gradient, name=name, kind=kind)))

    def call(self, bindings: Sequence[Binding]) -> None:
        """Note what a layer calls the arrays of its variables, and in which of several steps."""
        often = Counter(each.name for each in bindings)
        seen: Counter[str] = Counter()
        for binding in bindings:
            if binding.is_in_words:
                time = f" at {binding.count} {seen[binding.name]}" if often[binding.name] > 1 else ""
                self._bindings.append((binding, binding.words + time))
                seen[binding.name] += 1

    def end_part(self) -> None:
        """Let what is computed from now on belong to the next part."""
        self._ends.append(len(self.tape.statements))

    def nodes(self, result: TracedArray) -> dict[str, Node]:
        """Go back over the tape, and return the nodes that `result` was computed from."""
        gradients = self.tape.backward(result)
        memory = _Memory()
        words = _Words(self._bindings)
        for array, entry in self._given:
            memory.write(array.value, entry)
        entries = [entry for _, entry in self._given]
        for place, (statement, gradient) in enumerate(zip(self.tape.statements, gradients, strict=True)):
            part = next(part for part, end in enumerate(self._ends) if place < end)
            words.read(place, memory)
            sources = [(array, memory.read(array.value)) for array in _read_by(statement)]
            results = zip(*map(tree_leaves, (statement.output, statement.y, gradient)), strict=True)
            for output, y, its in results:
                if isinstance(output, TracedArray):
                    entries.append(NodeDraft(part, y, its, statement=statement, sources=sources))
                    memory.write(output.value, entries[-1])
        words.read(len(self.tape.statements), memory)
        needed = {read.entry for read in memory.read(result.value)}
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


@attrs.frozen(eq=False)
class Read:
    """What an operation reads of one array: the entry that wrote it, and the index of the part, such as ``[6:9]``."""

    entry: NodeDraft
    part: str
    places: Array

    @property
    def word(self) -> str:
        """What the layer calls the part; empty if it has no name."""
        return self.entry.called_parts.get(_key(self.places), "")


@attrs.define(eq=False)
class NodeDraft:
    """A node in the making: it has no name before it is known which of them are needed."""

    part: int
    value: Array
    gradient: Array
    name: str = ""
    kind: str = "operation"
    statement: TapeEntry | None = None
    sources: list[tuple[TracedArray, list[Read]]] = attrs.field(factory=list)
    called: str = ""
    axes: tuple[str, ...] = ()
    called_parts: dict[bytes, str] = attrs.field(factory=dict)

    @property
    def inputs(self) -> list[NodeDraft]:
        """What it was computed from, each once."""
        return list(dict.fromkeys(read.entry for _, reads in self.sources for read in reads))

    def node(self) -> Node:
        """Return the node, when all inputs have their names."""
        operation = text = ""
        if self.statement is not None:
            operation = name_of(self.statement.function)
            text = text_of(self.statement, {id(array): self._word_of(reads) for array, reads in self.sources if reads})
        inputs = tuple(entry.name for entry in self.inputs)
        shown = [
            ShownPart(read.entry.name, read.part, read.places, read.entry.value.shape, read.word)
            for _, each in self.sources
            for read in each
            if read.part
        ]
        if self.statement is not None and self.statement.function is sliding_window_view:
            shown.append(self._first_window(self.statement))
        return Node(
            self.name,
            self.kind,
            self.part,
            operation,
            text or self.word(self.part),
            self.value,
            self.gradient,
            inputs,
            tuple(shown),
            self.called,
            self.axes,
        )

    def _first_window(self, statement: TapeEntry) -> ShownPart:
        """Return the first of the windows that an array is seen through."""
        source = self.inputs[0]
        numbers = np.arange(source.value.size).reshape(source.value.shape)
        windows = sliding_window_view(numbers, *statement.arguments[1:], **statement.named)
        first = windows[(0,) * numbers.ndim]
        return ShownPart(source.name, ", first window", first, numbers.shape)

    def word(self, part: int) -> str:
        """Return what it is called in the text of an operation of `part`."""
        return self.name.partition(".")[2] if self.part == part and "." in self.name else self.name

    def _word_of(self, reads: list[Read]) -> str:
        """Return what an argument is called: several sources in brackets, since each gives a part of it."""
        words = [read.entry.word(self.part) + read.part for read in reads]
        if len(words) > _MOST_SOURCES:
            words = [words[0], "…", words[-1]]
        return words[0] if len(words) == 1 else f"({', '.join(words)})"


_MOST_SOURCES = 3
_NO_PLACES = np.empty(0, int)


def _key(places: Array) -> bytes:
    """Return a key for some elements, in whichever order they are."""
    return np.unique(places).tobytes()


class _Words:
    """Gives entries, and parts of them, the words of the layer, while the operations are read in their order."""

    def __init__(self, bindings: Sequence[tuple[Binding, str]]) -> None:
        self._waiting = list(reversed(bindings))

    def read(self, position: int, memory: _Memory) -> None:
        """Give words to the arrays that were bound after this number of operations."""
        while self._waiting and self._waiting[-1][0].position <= position:
            binding, word = self._waiting.pop()
            reads = memory.read(binding.array.value)
            if len(reads) != 1:
                continue
            entry = reads[0].entry
            if reads[0].part:
                entry.called_parts.setdefault(_key(reads[0].places), word)
            elif entry.statement is not None and not entry.called:
                entry.called = word
                entry.axes = binding.axes if binding.array.value.shape == entry.value.shape else ()


class _Memory:
    """Who wrote each element of the arrays on a tape last."""

    def __init__(self) -> None:
        self._entries: list[tuple[NodeDraft, Array]] = []
        self._last: dict[int, tuple[Array, Array]] = {}

    def write(self, place: Array, entry: NodeDraft) -> None:
        """Note what was written to a place."""
        self._last_of(place)[...] = len(self._entries)
        self._entries.append((entry, place))

    def read(self, place: Array) -> list[Read]:
        """Return what a place shows, the oldest first."""
        last = self._last_of(place)
        return [self._read(place, index, last) for index in np.unique(last) if index >= 0]

    def _read(self, place: Array, index: int, last: Array) -> Read:
        entry, written = self._entries[index]
        layout = [(offset(one), one.shape, one.strides) for one in (place, written)]
        shown = (last == index).any(axis=-1)
        if shown.all() and layout[0] == layout[1]:
            return Read(entry, "", _NO_PLACES)
        places = positions(place, written)
        if not shown.all():
            part, places = used_part(places[shown], written.shape), places[shown]
        else:
            part = part_text(places, written.shape)
        return Read(entry, part, places if places.min(initial=0) >= 0 else _NO_PLACES)

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
