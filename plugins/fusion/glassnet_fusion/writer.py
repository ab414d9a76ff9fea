"""What the loops of fused formulas are written with, in the instructions of LLVM."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from llvmlite import ir

from glassnet_fusion.entries import INPUT, REDUCE, SCALAR, NotTracedError
from glassnet_fusion.graph import Value
from glassnet_fusion.heap import MEMORY_FUNCTIONS, Heap
from glassnet_fusion.native import is_native, llvm_type
from glassnet_fusion.numpy_loops import loop_addresses
from glassnet_fusion.own_functions import emit_own
from glassnet_fusion.row_extreme import row_extreme
from glassnet_fusion.row_sum import row_sum
from glassnet_machine_code.instructions import ADDRESS, BYTE, DOUBLE, INDEX, for_each


def values_of_numpy(graph: Any) -> list[Any]:
    """Return the values that NumPy's loops compute, in an order in which each has what it needs."""
    return [value for value in graph.values() if not (value.operation in (INPUT, SCALAR) or is_native(value))]


def loops_needed(graph: Any) -> list[tuple[int, int]]:
    """Return the addresses of NumPy's loops that compiled code is given, each with that of its data."""
    return [loop_addresses(value.ufunc or value.operation, value.dtype.char) for value in values_of_numpy(graph)]


def in_memory(dtype: Any) -> Any:
    """Return the type in which an array holds its numbers."""
    return BYTE if dtype.char == "?" else llvm_type(dtype)


class Writer:
    """Writes a function ``(start, stop, columns, arrays, scalars, loops, allocate, free)`` of a `Graph` or a `Grid`.

    Further arguments may follow.
    """

    def __init__(self, graph: Any, function: ir.Function) -> None:
        self.graph = graph
        self.build = ir.IRBuilder(function.append_basic_block())
        self.start, self.stop, self.columns, *rest = function.args
        arrays = len(graph.inputs) + len(graph.results)
        self.arrays, self.scalars = rest[:arrays], rest[arrays : arrays + graph.scalars]
        self.by_numpy = values_of_numpy(graph)
        begin = arrays + graph.scalars
        end = begin + 2 * len(self.by_numpy)
        self.loops = rest[begin:end]
        # Those of them that our own code computes.
        self.own_values: set[int] = set()
        self.number_of_loop = {id(value): number for number, value in enumerate(self.by_numpy)}
        # Each scalar in the type in which it is computed with.
        self.converted = {id(each): self._scalar(each) for each in graph.values() if each.operation == SCALAR}
        # What NumPy's loops are called with: where the numbers are, how many, and how far apart.
        self._pointers = self.build.alloca(ADDRESS, 3)
        self._counts = self.build.alloca(INDEX, 4)
        self._failure = self.build.alloca(INDEX)
        self.build.store(INDEX(0), self._failure)
        self.heap = Heap(self.build, *rest[end : end + len(MEMORY_FUNCTIONS)])

    @property
    def outputs(self) -> list[tuple[int, Any]]:
        """The places of the arrays that are written, and their values."""
        return [*self.graph.changed, *enumerate(self.graph.results, len(self.graph.inputs))]

    def note_failure(self, has_failed: Any) -> None:
        """Have the function return 1 if something has failed; it goes on."""
        failure = self.build.or_(self.build.load(self._failure), self.build.zext(has_failed, INDEX))
        self.build.store(failure, self._failure)

    def end(self) -> None:
        """End the function."""
        self.heap.end(self.build.load(self._failure))

    def load(self, array: Any, at: Any, dtype: Any) -> Any:
        """Read an element."""
        loaded = self.build.load(self.build.gep(array, [at]))
        return self.build.icmp_unsigned("!=", loaded, BYTE(0)) if dtype.char == "?" else loaded

    def store(self, value: Any, array: Any, at: Any) -> None:
        """Write an element."""
        if array.type.pointee == BYTE:
            value = self.build.zext(value, BYTE)
        self.build.store(value, self.build.gep(array, [at]))

    def buffer(self, dtype: Any, size: Any) -> Any:
        """Return memory of the function's own."""
        return self.heap.part(llvm_type(dtype), dtype.itemsize, size)

    def for_each(self, start: Any, stop: Any, step: Any, write: Callable[[Any], None]) -> None:
        """Write a loop from `start` to before `stop`."""
        for_each(self.build, start, stop, step, write)

    def smaller(self, left: Any, right: Any) -> Any:
        """Return the smaller of two counts."""
        return self.build.select(self.build.icmp_signed("<", left, right), left, right)

    def call_elementwise(self, value: Any, buffers: Sequence[Any], count: Any) -> None:
        """Compute a value of the numbers in buffers, by NumPy or here; the results go into one of them, `result_of`."""
        if id(value) in self.own_values:
            self._compute_in_place(value, buffers[0], count)
            return
        size = value.dtype.itemsize
        # An operand that does not change is a single number to NumPy, which may then compute in another way.
        steps = [0 if each.operation == SCALAR else size for each in value.operands]
        self._call(value, [*buffers, self.result_of(value, buffers)], [*steps, size], count)

    def _compute_in_place(self, value: Any, buffer: Any, count: Any) -> None:
        # For all rows of a block at once: those of a few numbers do not fill a vector.
        def compute(i: Any) -> None:
            self.store(emit_own(self.build, value.operation, self.load(buffer, i, value.dtype)), buffer, i)

        self.for_each(INDEX(0), count, INDEX(1), compute)

    def result_of(self, value: Any, buffers: Sequence[Any]) -> Any:
        """Return the buffer that the results go into: not that of a single number, which is read for each of them.

        Raises
        ------
        NotTracedError
            If all operands are single numbers.
        """
        changing = [buffer for each, buffer in zip(value.operands, buffers, strict=True) if each.operation != SCALAR]
        if not changing:
            raise NotTracedError(f"it calls np.{value.operation.__name__} of numbers that stay the same")
        return changing[0]

    def reduce(self, value: Any, row: Any, result: Any, count: Any) -> None:
        """Reduce the numbers of a row to one: to the same bytes."""
        if value.ufunc is np.add:
            add_up = row_sum(self.build.module, row.type.pointee)
            self.build.store(self.build.fadd(row.type.pointee(0), self.build.call(add_up, [row, count])), result)
            return
        extreme = row_extreme(self.build.module, row.type.pointee, value.ufunc)
        self.build.store(self.build.call(extreme, [row, count]), result)
        # Of zeros with different signs NumPy's loop chooses by its vectors.
        is_zero = self.build.fcmp_ordered("==", self.build.load(result), result.type.pointee(0))
        with self.build.if_then(is_zero, likely=False):
            self._reduce_by_numpy(value, row, result, count)

    def _reduce_by_numpy(self, value: Value, row: Any, result: Any, count: Any) -> None:
        # It begins with the first number.
        self.build.store(self.build.load(row), result)
        following, rest = self.build.gep(row, [INDEX(1)]), self.build.sub(count, INDEX(1))
        self._call(value, [result, following, result], [0, value.dtype.itemsize, 0], rest)

    def _variable(self, kind: Any) -> Any:
        # At the start of the function: within a loop, each round would take more memory.
        with self.build.goto_entry_block():
            return self.build.alloca(kind)

    def _call(self, value: Value, pointers: Sequence[Any], steps: Sequence[int], count: Any) -> None:
        build = self.build
        build.store(count, self._counts)
        for place, (pointer, step) in enumerate(zip(pointers, steps, strict=True)):
            build.store(build.bitcast(pointer, ADDRESS), build.gep(self._pointers, [INDEX(place)]))
            build.store(INDEX(step), build.gep(self._counts, [INDEX(1 + place)]))
        number = 2 * self.number_of_loop[id(value)]
        function, data = self.loops[number : number + 2]
        counts = INDEX.as_pointer()
        kind = ir.FunctionType(ir.VoidType(), [ADDRESS.as_pointer(), counts, counts, ADDRESS])
        loop, data = build.inttoptr(function, kind.as_pointer()), build.inttoptr(data, ADDRESS)
        build.call(loop, [self._pointers, self._counts, build.gep(self._counts, [INDEX(1)]), data])

    def _scalar(self, value: Value) -> Any:
        given = self.scalars[value.number]
        if value.dtype.kind == "i":
            return self.build.fptosi(given, llvm_type(value.dtype))
        if value.dtype.char == "?":
            return self.build.fcmp_unordered("!=", given, DOUBLE(0))
        return given if value.dtype.char == "d" else self.build.fptrunc(given, llvm_type(value.dtype))


def is_reduction(value: Value) -> bool:
    """Tell whether a value is one for each row."""
    return bool(value.operation == REDUCE)
