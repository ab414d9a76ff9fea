"""The loop of a formula over arrays of one size, each element of which is computed alone.

Where NumPy has to compute an exponential or the like, the loop goes through a piece of the elements, writes what NumPy
is to work on into a buffer in the first-level cache, calls NumPy's inner loop, and goes through the piece again.
"""

from __future__ import annotations

from typing import Any

from llvmlite import ir

from glassnet_fusion.entries import INPUT, SCALAR, NotTracedError
from glassnet_fusion.graph import Graph, Value
from glassnet_fusion.native import emit
from glassnet_fusion.writer import INDEX, Writer

# 4 KiB of float32: a few buffers of them stay in the first-level cache.
PIECE = 1024
# The buffers of this number fit the stack of a thread.
_MOST_CALLS = 16
_ONE = INDEX(1)


def write_elements(graph: Graph, function: ir.Function) -> None:
    """Write the loop of a graph."""
    _Elements(graph, function).write()


class _Elements(Writer):
    def write(self) -> None:
        # Where each value that NumPy computed is, in the piece at hand.
        self.done: dict[int, Any] = {}
        self.offset = INDEX(0)
        if len(self.by_numpy) > _MOST_CALLS:
            raise NotTracedError(f"it calls more than {_MOST_CALLS} functions of NumPy")
        if self.by_numpy:
            self.buffers = {
                id(value): [self.buffer(each.dtype, PIECE) for each in value.operands] for value in self.by_numpy
            }
            self.for_each(self.start, self.stop, INDEX(PIECE), self._write_piece)
        else:
            self.for_each(self.start, self.stop, _ONE, self._write_outputs)
        self.end()

    def _write_piece(self, start: Any) -> None:
        self.done, self.offset = {}, start
        count = self.smaller(self.build.sub(self.stop, start), INDEX(PIECE))
        for value in self.by_numpy:
            self._write_operands(value, count)
            self.call_elementwise(value, self.buffers[id(value)], count)
            self.done[id(value)] = self.result_of(value, self.buffers[id(value)])
        self.for_each(INDEX(0), count, _ONE, self._write_outputs)

    def _write_operands(self, value: Value, count: Any) -> None:
        def element(i: Any) -> None:
            known: dict[int, Any] = {}
            for operand, buffer in zip(value.operands, self.buffers[id(value)], strict=True):
                self.store(self._value(operand, i, known), buffer, i)

        self.for_each(INDEX(0), count, _ONE, element)

    def _write_outputs(self, i: Any) -> None:
        known: dict[int, Any] = {}
        # All is read before anything is written: an input may be one of the outputs.
        computed = [(self._value(value, i, known), self.arrays[place]) for place, value in self.outputs]
        for value, array in computed:
            self.store(value, array, self._at(i))

    def _value(self, value: Value, i: Any, known: dict[int, Any]) -> Any:
        """Return the value of an element; unless it comes from NumPy it is computed anew in each loop."""
        if value.operation == SCALAR:
            return self.converted[id(value)]
        if id(value) not in known:
            known[id(value)] = self._new(value, i, known)
        return known[id(value)]

    def _new(self, value: Value, i: Any, known: dict[int, Any]) -> Any:
        if id(value) in self.done:
            return self.build.load(self.build.gep(self.done[id(value)], [i]))
        if value.operation == INPUT:
            return self.load(self.arrays[value.number], self._at(i), value.dtype)
        return emit(self.build, value, [self._value(each, i, known) for each in value.operands])

    def _at(self, i: Any) -> Any:
        """Return the place in the arrays of an element, which in a piece counts from its start."""
        return self.build.add(self.offset, i) if self.by_numpy else i
