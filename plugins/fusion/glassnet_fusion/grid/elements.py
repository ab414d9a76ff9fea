"""The value of an element: what is kept in memory is read, the rest is computed."""

from __future__ import annotations

import itertools
import math
from typing import Any

import numpy as np
from llvmlite import ir

from glassnet_fusion.entries import COUNT, FILL, FIRST, INPUT, MOVE, REDUCE, SCALAR, SCATTER, NotTracedError
from glassnet_fusion.grid.index import Index, Places, spread, unreduced
from glassnet_fusion.grid.largest import is_place_of_largest, place_of_largest
from glassnet_fusion.grid.loops import Loops
from glassnet_fusion.grid.memory import kept_values
from glassnet_fusion.grid.node import Grid, Node
from glassnet_fusion.native import emit, emit_extreme, llvm_type
from glassnet_fusion.own_functions import emit_own, is_own
from glassnet_fusion.writer import in_memory
from glassnet_machine_code.instructions import INDEX

# What a sample may take in all.
_MOST_BYTES = 64 * 1024 * 1024


class Elements(Loops):
    """Writes the value of an element.

    Attributes
    ----------
    places
        The arithmetic of places in the body at hand.
    """

    places: Places

    def __init__(self, graph: Grid, function: ir.Function, own: frozenset[Any]) -> None:
        super().__init__(graph, function)
        self.own = own
        self.kept = kept_values(graph, own)
        # Where a kept value is: its array, and whether that has all samples.
        self.memory: dict[int, tuple[Any, bool]] = {}
        # Where the rows are that are copied for NumPy's order.
        self.rows: dict[int, Any] = {}
        # The kept values that are computed; of an array that is being written, the place and what reads its values.
        self.ready: set[int] = set()
        self.before: dict[int, tuple[Any, Any]] = {}
        self._bytes_needed = 0

    def body(self) -> None:
        """Begin the body of a loop: nothing is known in it yet."""
        self.places = Places(self.build)
        self.values_known: dict[Any, Any] = {}

    def own_memory(self, dtype: Any, size: int) -> Any:
        """Return memory of the function's own.

        Raises
        ------
        NotTracedError
            If a sample takes too much of it.
        """
        self._bytes_needed += size * dtype.itemsize
        if self._bytes_needed > _MOST_BYTES:
            raise NotTracedError("a single sample takes too much memory")
        return self.heap.part(in_memory(dtype), dtype.itemsize, INDEX(size))

    def offset(self, node: Node, index: Index, *, of_sample: bool) -> Any:
        """Return the place of an element in an array, or in the part of it that belongs to the sample at hand."""
        first, *others = index or ((),)
        if of_sample and node.has_items:
            if not first or first[0][0] is not self.item:
                raise NotTracedError("it computes with other samples than the one at hand")
            first = first[1:]
        total = self.places.number(first)
        for digits, size in zip(others, node.shape[1:], strict=True):
            total = self.places.sum(self.places.product(total, size), self.places.number(digits))
        return total

    def value(self, node: Node, index: Index) -> Any:
        """Return the value of an element."""
        if node.operation == SCALAR:
            return self.converted[id(node)]
        key = id(node), self.key(index)
        if key not in self.values_known:
            self.values_known[key] = self._new(node, index)
        return self.values_known[key]

    def key(self, index: Index) -> Any:
        """Return what tells places apart in the body at hand."""
        numbers = map(self.places.number, index)
        return tuple([each if type(each) is int else ("value", id(each)) for each in numbers])

    def spread_value(self, node: Node, index: Index) -> Any:
        """Return the value of an operand for an element of a result."""
        return self.value(node, spread(index, node.shape))

    def _new(self, node: Node, index: Index) -> Any:
        if node.operation == INPUT:
            at = self.offset(node, index, of_sample=False)
            return self.load(self.arrays[node.number], _index(at), node.dtype)
        if id(node) in self.memory:
            if id(node) not in self.ready:
                raise NotTracedError("it computes with what all samples have to be known for")
            return self.kept_value(node, index)
        if node.operation == COUNT:
            return _index(self.places.number(index[0]))
        if node.operation == FILL:
            return _constant(node)
        if node.operation == MOVE:
            (source,) = node.operands
            return self.value(source, self.places.of_source(index, node.detail, source.shape))
        if node.operation == SCATTER:
            return self._before(node, index)
        if node.operation == REDUCE:
            return self._written_out(node, index)
        if node.operation == FIRST:
            return place_of_largest(self, node, index)
        is_first = is_place_of_largest(self, node, index)
        if is_first is not None:
            return is_first
        operands = [self.value(each, spread(index, each.shape)) for each in node.operands]
        if is_own(node, self.own):
            return emit_own(self.build, node.operation, *operands)
        return emit(self.build, node, operands)

    def kept_value(self, node: Node, index: Index) -> Any:
        """Return the value of an element that is in memory."""
        array, has_all = self.memory[id(node)]
        return self.load(array, _index(self.offset(node, index, of_sample=not has_all)), node.dtype)

    def _before(self, node: Node, index: Index) -> Any:
        """Return what an element was before it is written to."""
        if id(node) not in self.before:
            raise NotTracedError("it reads what an array was before it wrote to it")
        at, read = self.before[id(node)]
        here = self.offset(node, index, of_sample=False)
        if here is not at and not (type(here) is int and here == at):
            raise NotTracedError("it reads other elements of an array that it writes to")
        return read(index)

    def _written_out(self, node: Node, index: Index) -> Any:
        """Return a sum or an extreme of few elements."""
        axes, order = node.detail
        (values,) = node.operands
        total = start_of(node)
        for outer in _all_places(values, order.axes):
            row = self.row_written_out(node, unreduced(index, len(values.shape), axes, outer))
            total = self.reduced(node, total, row)
        return total

    def row_written_out(self, node: Node, index: Index) -> Any:
        """Return the sum or the extreme of a short row at a place: in NumPy's order, one element after another."""
        (values,) = node.operands
        _, order = node.detail
        total = None
        for places in _all_places(values, order.rows):
            at = tuple(places.get(axis, digits) for axis, digits in enumerate(index))
            one = self.value(values, at)
            total = one if total is None else self.reduced(node, total, one)
        return total

    def reduced(self, node: Node, one: Any, other: Any) -> Any:
        """Return the sum of two elements, or the larger or smaller of them."""
        if node.ufunc is np.add:
            return self.build.fadd(one, other)
        return emit_extreme(self.build, node.ufunc, one, other)


def start_of(node: Node) -> Any:
    """Return what a reduction begins with: the zero to which NumPy adds, or what every number replaces."""
    kind = llvm_type(node.dtype)
    return kind(0) if node.ufunc is np.add else kind(-np.inf if node.ufunc is np.maximum else np.inf)


def _all_places(values: Node, axes: tuple[int, ...]) -> Any:
    """Iterate over the places along some axes, the last of them fastest."""
    sizes = [values.shape[axis] for axis in axes]
    for place in itertools.product(*map(range, sizes)):
        yield {axis: ((at, size),) for axis, at, size in zip(axes, place, sizes, strict=True)}


def _index(number: Any) -> Any:
    return INDEX(number) if type(number) is int else number


def _constant(node: Node) -> Any:
    value = float(node.detail)
    kind = llvm_type(node.dtype)
    if node.dtype.kind in "ib":
        return kind(int(value) if math.isfinite(value) else 0)
    return kind(float(node.dtype.type(value)))
