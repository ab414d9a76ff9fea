"""The code of a thread's part of a matrix product, in the instructions of LLVM."""

from __future__ import annotations

from typing import Any, NamedTuple

from llvmlite import ir

from glassnet_machine_code.instructions import INDEX, SIZE, load
from glassnet_machine_code.team_code import COMMON, START

# From cblas.h
_ROWS_FIRST = 101
_NUMBER = ir.FloatType()
# y = alpha a b + beta y. It takes the orders of all, of a and of b; m, n and k; alpha; where a is and the distance of
# its rows; the same of b; beta; and the same of y.
_ORDERS, _MATRIX = [ir.IntType(32)] * 3, [INDEX] * 2
_SGEMM = ir.FunctionType(ir.VoidType(), [*_ORDERS, *[INDEX] * 3, _NUMBER, *_MATRIX, *_MATRIX, _NUMBER, *_MATRIX])


class Block(NamedTuple):
    """A block of rows or columns of ``y = a b``, in the numbers that compiled code reads: all but where arrays begin.

    Attributes
    ----------
    sgemm
        The address of the function that multiplies.
    a_order, b_order
        Whether a matrix is as it is or transposed, in the numbers of cblas.h.
    rows, columns, inner
        The numbers of rows and columns of the block, and of columns of a.
    a, b, y
        The place of each matrix among the arrays of a call.
    a_start, b_start, y_start
        How many bytes from the begin of an array to the block.
    a_distance, b_distance, y_distance
        How many numbers from one row of an array to the next.
    """

    sgemm: int
    a_order: int
    b_order: int
    rows: int
    columns: int
    inner: int
    a: int
    a_start: int
    a_distance: int
    b: int
    b_start: int
    b_distance: int
    y: int
    y_start: int
    y_distance: int


def module_of_products() -> ir.Module:
    """Return the code of `multiply`, which computes one of the blocks behind the address that is common to all."""
    module = ir.Module("products")
    function = ir.Function(module, ir.FunctionType(ir.VoidType(), [INDEX]), "multiply")
    build = ir.IRBuilder(function.append_basic_block())
    number, common = (load(build, function.args[0], place) for place in (START, COMMON))
    start = build.add(load(build, common, 0), build.mul(number, INDEX(len(Block._fields) * SIZE)))
    block = Block._make(load(build, start, place) for place in range(len(Block._fields)))

    def data_of(place: Any) -> Any:  # of an array; those of the blocks come first
        return load(build, build.add(common, build.mul(place, INDEX(SIZE))), 1)

    starts = (block.a, block.a_start), (block.b, block.b_start), (block.y, block.y_start)
    a, b, y = (build.add(data_of(place), start) for place, start in starts)
    orders = [build.trunc(order, ir.IntType(32)) for order in (block.a_order, block.b_order)]
    build.call(
        build.inttoptr(block.sgemm, _SGEMM.as_pointer()),
        [
            ir.IntType(32)(_ROWS_FIRST), *orders, block.rows, block.columns, block.inner,
            _NUMBER(1), a, block.a_distance, b, block.b_distance,
            _NUMBER(0), y, block.y_distance,
        ],
    )  # fmt: skip
    build.ret_void()
    return module
