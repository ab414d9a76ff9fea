"""Sums over all rows, some columns at a time, in vectors that stay in registers.

Rows are added up one after another, as NumPy does. In a loop over rows whose sums are in memory, each row would wait
until those of the row before are written: as long as it takes to add up 16 columns three times.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from llvmlite import ir

from glassnet_fusion.entries import CONVERT, INPUT, SCALAR
from glassnet_fusion.graph import Value
from glassnet_fusion.native import emit, llvm_type
from glassnet_fusion.passes import Pass
from glassnet_fusion.space import COLUMN, FULL, ROW
from glassnet_machine_code.instructions import INDEX

# The least number of columns in a vector. More of them hide how long an addition takes.
WIDTH = 16
_WIDTHS = 2 * WIDTH, WIDTH
# The number of elements of a block, which is in the first-level cache when its next columns are added.
_BLOCK = 4096
_SIZES = {ir.FloatType(): 4, ir.DoubleType(): 8}
# Of these LLVM has the same instruction for vectors.
_OPERATIONS = (np.add, np.subtract, np.multiply, np.divide, np.square, np.negative)
_FLOATS = "fd"


def are_by_vectors(work: Pass) -> bool:
    """Tell whether a pass does nothing but add up rows, in operations that vectors have."""
    return not work.outputs and all(map(_has_vectors, work.needed))


def _has_vectors(value: Value) -> bool:
    if value.dtype.char not in _FLOATS:
        return False
    if value.operation in (INPUT, SCALAR) or value.form == COLUMN:
        return True
    if value.operation == CONVERT:
        return value.operands[0].dtype.char in _FLOATS
    return value.form == FULL and value.operation in _OPERATIONS


class ColumnSums:
    """Writes the loops.

    Parameters
    ----------
    writer
        What writes the function that they are a part of.
    totals
        The sums, each with the memory that it is added up in.
    """

    def __init__(self, writer: Any, totals: list[tuple[Value, Any]]) -> None:
        self.writer, self.build, self.totals = writer, writer.build, totals
        self.width = WIDTH

    def write(self, start: Any, stop: Any) -> None:
        """Write the loops over the function's rows, and over columns, the number of which is a multiple of `WIDTH`."""
        build, writer = self.build, self.writer
        rows = build.add(build.udiv(INDEX(_BLOCK), writer.columns), INDEX(WIDTH))
        middle = build.add(start, build.and_(build.sub(stop, start), INDEX(-_WIDTHS[0])))

        def write_block(first: Any) -> None:
            last = writer.smaller(build.add(first, rows), writer.stop)
            for (begin, end), self.width in zip(((start, middle), (middle, stop)), _WIDTHS, strict=True):
                writer.for_each(begin, end, INDEX(self.width), lambda column: self._write_vector(first, last, column))

        writer.for_each(writer.start, writer.stop, rows, write_block)

    def _write_vector(self, first: Any, last: Any, column: Any) -> None:
        build, before = self.build, self.build.block
        body, after = build.append_basic_block("rows"), build.append_basic_block("after")
        so_far = [self._load(total, column) for _, total in self.totals]
        build.branch(body)
        build.position_at_end(body)
        row = build.phi(INDEX)
        sums = [build.phi(each.type) for each in so_far]
        known: dict[int, Any] = {}
        terms = [self._value(value.operands[0], row, column, known) for value, _ in self.totals]
        added = [build.fadd(each, term) for each, term in zip(sums, terms, strict=True)]
        following = build.add(row, INDEX(1))
        for phi, at_first, then in zip([row, *sums], [first, *so_far], [following, *added], strict=True):
            phi.add_incoming(at_first, before)
            phi.add_incoming(then, build.block)
        build.cbranch(build.icmp_signed("<", following, last), body, after)
        build.position_at_end(after)
        for each, (_, total) in zip(added, self.totals, strict=True):
            build.store(each, self._place(total, column), align=_SIZES[each.type.element])

    def _value(self, value: Value, row: Any, column: Any, known: dict[int, Any]) -> Any:
        if id(value) not in known:
            known[id(value)] = self._new(value, row, column, known)
        return known[id(value)]

    def _new(self, value: Value, row: Any, column: Any, known: dict[int, Any]) -> Any:
        writer = self.writer
        if value.operation == SCALAR:
            return self._repeated(writer.converted[id(value)])
        if id(value) in writer.of_column:
            return self._load(writer.of_column[id(value)], column)
        if value.operation == INPUT:
            array = writer.arrays[value.number]
            if value.form == ROW:
                return self._repeated(self.build.load(self.build.gep(array, [row])))
            at = self.build.add(self.build.mul(row, writer.columns), column) if value.form == FULL else column
            return self._load(array, at)
        operands = [self._value(each, row, column, known) for each in value.operands]
        if value.operation == CONVERT:
            kind = ir.VectorType(llvm_type(value.dtype), self.width)
            convert = self.build.fptrunc if value.dtype.char == "f" else self.build.fpext
            return convert(operands[0], kind)
        return emit(self.build, value, operands)

    def _repeated(self, number: Any) -> Any:
        """Return a vector of one number."""
        kind = ir.VectorType(number.type, self.width)
        places = ir.VectorType(ir.IntType(32), self.width)
        undefined = ir.Constant(kind, ir.Undefined)
        one = self.build.insert_element(undefined, number, ir.IntType(32)(0))
        return self.build.shuffle_vector(one, undefined, ir.Constant(places, [0] * self.width))

    def _load(self, array: Any, at: Any) -> Any:
        return self.build.load(self._place(array, at), align=_SIZES[array.type.pointee])

    def _place(self, array: Any, at: Any) -> Any:
        kind = ir.VectorType(array.type.pointee, self.width)
        return self.build.bitcast(self.build.gep(array, [at]), kind.as_pointer())
