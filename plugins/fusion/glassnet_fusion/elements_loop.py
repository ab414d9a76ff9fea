"""The loop of a formula over arrays of one size, each element of which is computed alone.

NumPy may have to compute an exponential or the like. Then the loop goes through a piece of the elements, and writes
what NumPy works on into a buffer in the first-level cache. It calls NumPy's inner loop, and takes the piece again.

Compiled code computes some of these functions to the same bytes. If it has all that a formula needs, the loop does
without NumPy, unless the numbers of a piece are beyond what these take.
"""

from __future__ import annotations

from typing import Any

from llvmlite import ir

from glassnet_fusion.entries import INPUT, SCALAR, NotTracedError
from glassnet_fusion.graph import Graph, Value
from glassnet_fusion.native import emit
from glassnet_fusion.own_functions import BOUNDS, emit_own, is_beyond
from glassnet_fusion.writer import Writer
from glassnet_machine_code.instructions import INDEX

# 4 KiB of float32: a few buffers of them stay in the first-level cache.
PIECE = 1024
# The buffers of this number stay in the second-level cache.
_MOST_CALLS = 16
_ONE = INDEX(1)
_FLAG = ir.IntType(32)


def write_elements(graph: Graph, function: ir.Function, own: frozenset[Any]) -> None:
    """Write the loop of a graph; compiled code may compute the functions in `own`."""
    _Elements(graph, function).write(own)


class _Elements(Writer):
    def write(self, own: frozenset[Any]) -> None:
        self.own = own
        # Where each value that NumPy computed is, in the piece at hand.
        self.done: dict[int, Any] = {}
        self.offset = INDEX(0)
        if len(self.by_numpy) > _MOST_CALLS:
            raise NotTracedError(f"it calls more than {_MOST_CALLS} functions of NumPy")
        needs_numpy = not all(map(self._is_own, self.by_numpy))
        self.guarded = [value for value in self.by_numpy if value.operation in BOUNDS]
        self.has_pieces = needs_numpy or bool(self.guarded)
        if self.has_pieces:
            self.buffers = {
                id(value): [self.buffer(each.dtype, INDEX(PIECE)) for each in value.operands] for value in self.by_numpy
            }
            write = self._write_piece if needs_numpy else self._write_guarded
            self.for_each(self.start, self.stop, INDEX(PIECE), write)
        else:
            self.for_each(self.start, self.stop, _ONE, self._write_outputs)
        self.end()

    def _is_own(self, value: Value) -> bool:
        is_float32 = value.dtype.char == "f"
        return value.operation in self.own and is_float32 and value.operands[0].operation != SCALAR

    def _write_guarded(self, start: Any) -> None:
        """Write a piece that NumPy computes if some number is beyond the bounds of our own functions."""
        build = self.build
        self.done, self.offset = {}, start
        count = self.smaller(build.sub(self.stop, start), INDEX(PIECE))
        beyond = self._variable(_FLAG)
        build.store(_FLAG(0), beyond)

        def look(i: Any) -> None:
            known: dict[int, Any] = {}
            for value in self.guarded:
                is_one = is_beyond(build, value.operation, self._value(value.operands[0], i, known))
                build.store(build.or_(build.load(beyond), build.zext(is_one, _FLAG)), beyond)

        self.for_each(INDEX(0), count, _ONE, look)
        none_is = build.icmp_unsigned("==", build.load(beyond), _FLAG(0))
        with build.if_else(none_is, likely=True) as (here, by_numpy):
            with here:
                self.for_each(INDEX(0), count, _ONE, self._write_outputs)
            with by_numpy:
                self._write_piece(start)

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
        operands = [self._value(each, i, known) for each in value.operands]
        return (
            emit_own(self.build, value.operation, *operands)
            if self._is_own(value)
            else emit(self.build, value, operands)
        )

    def _at(self, i: Any) -> Any:
        """Return the place in the arrays of an element, which in a piece counts from its start."""
        return self.build.add(self.offset, i) if self.has_pieces else i
