"""The loop of a formula over arrays of one shape, in the instructions of LLVM.

Where NumPy has to compute an exponential or the like, the loop goes through a piece of the elements, writes what NumPy
is to work on into a buffer in the first-level cache, calls NumPy's inner loop, and goes through the piece again.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from llvmlite import ir

from glassnet_fusion.graph import SCALAR, Graph, Value
from glassnet_fusion.native import emit, is_native, llvm_type
from glassnet_fusion.numpy_loops import loop_addresses
from glassnet_fusion.record import INPUT

# 4 KiB of float32: a few buffers of them stay in the first-level cache.
PIECE = 1024
NAME = "fused"

_INDEX, _BYTE, _DOUBLE = ir.IntType(64), ir.IntType(8), ir.DoubleType()
_ADDRESS = _BYTE.as_pointer()
# In a NumPy array, the address of its numbers comes behind the two members of every Python object.
_DATA_OFFSET = 16


def numpy_values(graph: Graph) -> list[Value]:
    """Return the values that NumPy computes, in an order in which each has what it needs."""
    return [value for value in graph.values() if not (value.operation in (INPUT, SCALAR) or is_native(value))]


def loops_needed(graph: Graph) -> list[tuple[int, int]]:
    """Return the addresses of NumPy's loops that compiled code is given, each with that of its data."""
    return [loop_addresses(value.operation, value.dtype.char) for value in numpy_values(graph)]


def module_of(graph: Graph) -> ir.Module:
    """Return the code of a function that computes a formula.

    It is given the first element and the one behind the last, the arrays (inputs, then results) as Python objects,
    the scalars, and the addresses of NumPy's loops.
    """
    module = ir.Module(NAME)
    arrays = [*graph.inputs, *(value.dtype for value in graph.results)]
    numbers = [_DOUBLE] * graph.scalars + [_INDEX] * (2 * len(numpy_values(graph)))
    pointers = [_in_memory(each).as_pointer() for each in arrays]
    inner = ir.Function(module, ir.FunctionType(ir.VoidType(), [_INDEX, _INDEX, *pointers, *numbers]), "loop")
    inner.attributes.add("noinline")  # inlined, it would forget that the arrays are apart
    for pointer in inner.args[2 : 2 + len(arrays)]:
        pointer.add_attribute("noalias")
    _Loop(graph, inner).write()
    _write_entry(module, inner, len(arrays))
    return module


def _write_entry(module: ir.Module, inner: ir.Function, arrays: int) -> None:
    """Write the function that takes arrays as Python objects and calls the loop."""
    kinds = list(inner.function_type.args)
    kinds[2 : 2 + arrays] = [_ADDRESS] * arrays
    entry = ir.Function(module, ir.FunctionType(ir.VoidType(), kinds), NAME)
    build = ir.IRBuilder(entry.append_basic_block())
    given = list(entry.args)
    for place in range(2, 2 + arrays):
        field = build.gep(given[place], [_INDEX(_DATA_OFFSET)])
        pointer = inner.function_type.args[place]
        given[place] = build.load(build.bitcast(field, pointer.as_pointer()))
    build.call(inner, given)
    build.ret_void()


def _in_memory(dtype: Any) -> Any:
    return _BYTE if dtype.char == "?" else llvm_type(dtype)


class _Loop:
    """Writes the function ``loop``."""

    def __init__(self, graph: Graph, function: ir.Function) -> None:
        self.graph = graph
        self.build = ir.IRBuilder(function.append_basic_block())
        self.start, self.stop, *rest = function.args
        arrays = len(graph.inputs) + len(graph.results)
        self.arrays, self.scalars = rest[:arrays], rest[arrays : arrays + graph.scalars]
        self.loops = rest[arrays + graph.scalars :]
        self.by_numpy = numpy_values(graph)
        # Each scalar in each type that is computed with, once.
        self.converted: dict[int, Any] = {}
        for value in graph.values():
            if value.operation == SCALAR:
                self.converted[id(value)] = self._scalar(value)

    def write(self) -> None:
        if self.by_numpy:
            self._write_pieces()
        else:
            self._for_each(self.start, self.stop, 1, lambda i: self._write_outputs(i, {}))
        self.build.ret_void()

    def _write_pieces(self) -> None:
        build = self.build
        buffers = {id(value): self._buffer(value.dtype) for value in self.by_numpy}
        # Of a function of two arguments both are buffers; the first one is where the result goes.
        seconds = {id(value): self._buffer(value.dtype) for value in self.by_numpy if len(value.operands) > 1}
        arguments = build.alloca(_ADDRESS, 3)
        counts = build.alloca(_INDEX, 4)

        def piece(start: Any) -> None:
            left = build.sub(self.stop, start)
            count = build.select(build.icmp_signed("<", left, _INDEX(PIECE)), left, _INDEX(PIECE))
            self.offset = start
            done: dict[int, Any] = {}
            for number, value in enumerate(self.by_numpy):
                targets = [buffers[id(value)], *([seconds[id(value)]] if id(value) in seconds else [])]
                self._prepare(value, targets, count, done)
                self._call_numpy(number, value, targets, count, arguments, counts)
                done[id(value)] = buffers[id(value)]
            self._for_each(_INDEX(0), count, 1, lambda i: self._write_outputs(i, done))

        self._for_each(self.start, self.stop, PIECE, piece)

    def _prepare(self, value: Value, targets: Sequence[Any], count: Any, done: dict[int, Any]) -> None:
        """Write what NumPy is to compute with into buffers."""

        def element(i: Any) -> None:
            known: dict[int, Any] = {}
            for operand, target in zip(value.operands, targets, strict=True):
                self._store(self._value(operand, i, done, known), target, i)

        self._for_each(_INDEX(0), count, 1, element)

    def _call_numpy(self, number: int, value: Value, targets: Any, count: Any, arguments: Any, counts: Any) -> None:
        build = self.build
        for place, target in enumerate([*targets, targets[0]]):
            build.store(build.bitcast(target, _ADDRESS), build.gep(arguments, [_INDEX(place)]))
            # One that does not change is a single number to NumPy, which then may compute in another way.
            is_scalar = place < len(value.operands) and value.operands[place].operation == SCALAR
            build.store(_INDEX(0 if is_scalar else value.dtype.itemsize), build.gep(counts, [_INDEX(1 + place)]))
        build.store(count, counts)
        steps = build.gep(counts, [_INDEX(1)])
        kind = ir.FunctionType(ir.VoidType(), [_ADDRESS.as_pointer(), counts.type, counts.type, _ADDRESS])
        function, data = self.loops[2 * number : 2 * number + 2]
        build.call(
            build.inttoptr(function, kind.as_pointer()), [arguments, counts, steps, build.inttoptr(data, _ADDRESS)]
        )

    def _write_outputs(self, i: Any, done: dict[int, Any]) -> None:
        known: dict[int, Any] = {}
        first_result = len(self.graph.inputs)
        outputs = [*self.graph.changed, *enumerate(self.graph.results, first_result)]
        # All is read before anything is written: an input may be one of the outputs.
        computed = [(self._value(value, i, done, known), self.arrays[place]) for place, value in outputs]
        for value, array in computed:
            self._store(value, array, self._at(i, done))

    def _value(self, value: Value, i: Any, done: dict[int, Any], known: dict[int, Any]) -> Any:
        """Return the value of an element; what does not come from NumPy is computed anew in each loop over a piece."""
        if value.operation == SCALAR:
            return self.converted[id(value)]
        if id(value) not in known:
            if id(value) in done:
                known[id(value)] = self.build.load(self.build.gep(done[id(value)], [i]))
            elif value.operation == INPUT:
                known[id(value)] = self._load(self.arrays[value.number], self._at(i, done), value.dtype)
            else:
                operands = [self._value(each, i, done, known) for each in value.operands]
                known[id(value)] = emit(self.build, value, operands)
        return known[id(value)]

    def _at(self, i: Any, done: dict[int, Any]) -> Any:
        """Return the place in the arrays of an element, which in a piece counts from its start."""
        return self.build.add(self.offset, i) if self.by_numpy else i

    def _load(self, array: Any, at: Any, dtype: Any) -> Any:
        loaded = self.build.load(self.build.gep(array, [at]))
        return self.build.icmp_unsigned("!=", loaded, _BYTE(0)) if dtype.char == "?" else loaded

    def _store(self, value: Any, array: Any, at: Any) -> None:
        if array.type.pointee == _BYTE:
            value = self.build.zext(value, _BYTE)
        self.build.store(value, self.build.gep(array, [at]))

    def _scalar(self, value: Value) -> Any:
        given = self.scalars[value.number]
        if value.dtype.char == "?":
            return self.build.fcmp_unordered("!=", given, _DOUBLE(0))
        return given if value.dtype.char == "d" else self.build.fptrunc(given, llvm_type(value.dtype))

    def _buffer(self, dtype: Any) -> Any:
        buffer = self.build.alloca(llvm_type(dtype), PIECE)
        buffer.align = np.dtype(np.complex128).itemsize * 4
        return buffer

    def _for_each(self, start: Any, stop: Any, step: int, write: Callable[[Any], None]) -> None:
        """Write a loop from `start` to `stop`."""
        build = self.build
        before = build.block
        body, after = build.append_basic_block("body"), build.append_basic_block("after")
        build.cbranch(build.icmp_signed("<", start, stop), body, after)
        build.position_at_end(body)
        i = build.phi(_INDEX)
        i.add_incoming(start, before)
        write(i)
        following = build.add(i, _INDEX(step), flags=("nsw",))
        i.add_incoming(following, build.block)
        build.cbranch(build.icmp_signed("<", following, stop), body, after)
        build.position_at_end(after)
