"""The code of a thread's part of the rows that are gathered into a batch, in the instructions of LLVM.

Rows lie all over the memory, and a processor finds out where one of them goes on as it reads it. So each row is asked
for two rows before it is copied, into the second cache: the first one has room for too few requests.
"""

from __future__ import annotations

from typing import Any

from llvmlite import ir

from glassnet_machine_code.instructions import ADDRESS, INDEX, SIZE, for_each, load, number_at
from glassnet_machine_code.team_code import ANSWER, COMMON, START, STOP

_AHEAD, _LINE = INDEX(2), INDEX(64)
_INT = ir.IntType(32)
# To be read, into the second cache, of data.
_HOW = _INT(0), _INT(2), _INT(1)


def module_of_rows() -> ir.Module:
    """Return the code of `copy`, which copies the rows at some indices; it answers 1 if an index is that of no row.

    Behind the address that is common to all are those of two numbers, the bytes of a row and how many rows there are,
    of the rows, of the indices, and of where to copy them.
    """
    module = ir.Module("rows")
    copy_bytes = ir.Function(module, ir.FunctionType(ADDRESS, [ADDRESS, ADDRESS, INDEX]), "memcpy")
    ask = ir.Function(module, ir.FunctionType(ir.VoidType(), [ADDRESS, *[_INT] * 3]), "llvm.prefetch.p0")
    function = ir.Function(module, ir.FunctionType(ir.VoidType(), [INDEX]), "copy")
    build = ir.IRBuilder(function.append_basic_block())
    job = function.args[0]
    start, stop, common = (load(build, job, place) for place in (START, STOP, COMMON))
    numbers, rows, indices, copies = (load(build, common, place) for place in range(4))
    length, count = (load(build, numbers, place) for place in range(2))

    def index_of(place: Any) -> Any:
        return load(build, build.add(indices, build.mul(place, INDEX(SIZE))), 0)

    def row(first: Any, place: Any) -> Any:
        return build.add(first, build.mul(place, length))

    def pointer(address: Any) -> Any:
        return build.inttoptr(address, ADDRESS)

    def ask_for(place: Any) -> None:
        first = row(rows, index_of(place))
        for_each(build, INDEX(0), length, _LINE, lambda at: build.call(ask, [pointer(build.add(first, at)), *_HOW]))

    def copy(place: Any) -> None:
        later = build.add(place, _AHEAD)
        with build.if_then(build.icmp_signed("<", later, stop)):
            ask_for(later)
        index = index_of(place)
        with build.if_else(build.icmp_unsigned("<", index, count)) as (is_there, is_not):
            with is_there:
                build.call(copy_bytes, [pointer(row(copies, place)), pointer(row(rows, index)), length])
            with is_not:
                build.store(INDEX(1), number_at(build, job, ANSWER))

    for_each(build, start, stop, INDEX(1), copy)
    build.ret_void()
    return module
