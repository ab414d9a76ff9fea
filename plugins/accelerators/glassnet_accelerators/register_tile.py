"""The innermost part of a matrix product: a tile of the result that stays in registers until it is complete.

A core multiplies and adds a vector of numbers in the time in which it loads one. So a loop that loads the sums that it
adds to, and stores them again, waits for the memory however it is written, and a compiler does not find out by itself
that the sums of some rows and columns could stay where they are. Here it is told so: the tile's vectors are the
variables of the loop. Goto and van de Geijn (2008), Anatomy of High-Performance Matrix Multiplication, ACM Transactions
on Mathematical Software 34(3).
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from llvmlite import binding, ir
from numba.core import types
from numba.extending import intrinsic

_INDEX = ir.IntType(64)


def register_bytes() -> int:
    """Return how many bytes a vector register of this machine's processor holds."""
    features = binding.get_host_cpu_features()
    if features.get("avx512f"):
        return 64
    return 32 if features.get("avx") else 16


def sum_in_registers(rows: int, vectors: int, lanes: int) -> Callable[..., None]:
    """Return a function, for compiled code alone, that computes a tile of a matrix product.

    The tile has `rows` rows, each of `vectors` vectors of `lanes` lanes. The function is called with
    ``(x, rows, row, columns, w, w_at, depth, width, first, first_at, first_width, out, out_at)`` and does, for each
    row i and column j of the tile,

        out[out_at + i width + j] = first[first_at + i first_width + j]
                                    + sum over k < depth of x[rows[row + i] + columns[k]] w[w_at + k width + j]

    where ``x``, ``w``, ``first`` and ``out`` are arrays with one axis. Of ``x``, which need not be a matrix, ``rows``
    and ``columns`` make one; they are arrays of integers.
    """

    @intrinsic
    def tile(
        context: Any, x: Any, rows_of_x: Any, row: Any, columns: Any, w: Any, w_at: Any, depth: Any, width: Any,
        first: Any, first_at: Any, first_width: Any, out: Any, out_at: Any,
    ) -> Any:  # fmt: skip
        def emit(target: Any, builder: Any, signature: Any, arguments: Any) -> Any:
            starts = [_start(target, builder, *each) for each in zip(signature.args, arguments, strict=True)]
            _Tile(builder, rows, vectors, lanes, signature.args[0].dtype).emit(*starts)
            return target.get_dummy_value()

        given = x, rows_of_x, row, columns, w, w_at, depth, width, first, first_at, first_width, out, out_at
        return types.void(*given), emit

    return tile


def _start(target: Any, builder: Any, kind: Any, value: Any) -> Any:
    """Return where the numbers of an array begin; a number itself."""
    return target.make_array(kind)(target, builder, value).data if isinstance(kind, types.Array) else value


class _Tile:
    """Writes the instructions of one tile."""

    def __init__(self, builder: ir.IRBuilder, rows: int, vectors: int, lanes: int, number: types.Float) -> None:
        self.builder, self.rows, self.vectors, self.lanes = builder, rows, vectors, lanes
        self.vector = ir.VectorType(ir.FloatType() if number.bitwidth == 32 else ir.DoubleType(), lanes)
        self.bytes = number.bitwidth // 8

    def emit(
        self, x: Any, rows: Any, row: Any, columns: Any, w: Any, w_at: Any, depth: Any, width: Any,
        first: Any, first_at: Any, first_width: Any, out: Any, out_at: Any,
    ) -> None:  # fmt: skip
        build = self.builder
        x_rows = [self._move(x, self._number_at(rows, build.add(row, _INDEX(i)))) for i in range(self.rows)]
        first_sums = [self._load_vectors(start) for start in self._rows_of(first, first_at, first_width)]

        before = build.block
        loop, after = build.append_basic_block("tile"), build.append_basic_block("after_tile")
        build.branch(loop)
        build.position_at_end(loop)
        k = self._variable(_INDEX(0), before)
        sums = [[self._variable(first, before) for first in row] for row in first_sums]

        column = self._number_at(columns, k)
        weights = self._load_vectors(self._move(w, build.add(w_at, build.mul(k, width))))
        next_sums = [
            [self._add_product(total, self._in_all_lanes(self._number_at(x_row, column)), weight)
             for total, weight in zip(row, weights, strict=True)]
            for row, x_row in zip(sums, x_rows, strict=True)
        ]  # fmt: skip

        next_k = build.add(k, _INDEX(1))
        k.add_incoming(next_k, loop)
        for row, next_row in zip(sums, next_sums, strict=True):
            for total, next_total in zip(row, next_row, strict=True):
                total.add_incoming(next_total, loop)
        build.cbranch(build.icmp_signed("<", next_k, depth), loop, after)
        build.position_at_end(after)
        for out_row, next_row in zip(self._rows_of(out, out_at, width), next_sums, strict=True):
            for vector, total in enumerate(next_row):
                build.store(total, self._vector_at(out_row, vector), align=self.bytes)

    def _rows_of(self, start: Any, at: Any, width: Any) -> list[Any]:
        """Return where each row of the tile begins."""
        return [self._move(start, self.builder.add(at, self.builder.mul(width, _INDEX(i)))) for i in range(self.rows)]

    def _variable(self, first: Any, before: Any) -> Any:
        variable = self.builder.phi(first.type)
        variable.add_incoming(first, before)
        return variable

    def _move(self, start: Any, by: Any) -> Any:
        return self.builder.gep(start, [by])

    def _number_at(self, start: Any, index: Any) -> Any:
        return self.builder.load(self._move(start, index))

    def _vector_at(self, start: Any, vector: int) -> Any:
        return self.builder.bitcast(self._move(start, _INDEX(vector * self.lanes)), self.vector.as_pointer())

    def _load_vectors(self, start: Any) -> list[Any]:
        return [self.builder.load(self._vector_at(start, each), align=self.bytes) for each in range(self.vectors)]

    def _in_all_lanes(self, number: Any) -> Any:
        anything = ir.Constant(self.vector, ir.Undefined)
        lowest = self.builder.insert_element(anything, number, ir.IntType(32)(0))
        zeros = ir.Constant(ir.VectorType(ir.IntType(32), self.lanes), [0] * self.lanes)
        return self.builder.shuffle_vector(lowest, anything, zeros)

    def _add_product(self, total: Any, factor: Any, weight: Any) -> Any:
        # "contract": multiplied and added by one instruction, which rounds once.
        product = self.builder.fmul(factor, weight, flags=("contract",))
        return self.builder.fadd(total, product, flags=("contract",))
