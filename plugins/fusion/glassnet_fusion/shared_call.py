"""The call of a loop by which threads compute a part of its range each, in the instructions of LLVM.

They are those of the accelerators' `compiled_team`, whose `share_range` is called.
"""

from __future__ import annotations

from typing import Any

from llvmlite import ir

from glassnet_fusion.writer import INDEX

# The first two arguments of a loop are its range; the others are the same for all threads.
_RANGE = 2
_SHARE_RANGE = ir.FunctionType(INDEX, [INDEX] * 6)


def call_by_threads(build: ir.IRBuilder, loop: ir.Function, arguments: list[Any], sharing: list[Any]) -> Any:
    """Write the call, and return the largest of the answers.

    Parameters
    ----------
    build
        Where to write it.
    loop, arguments
        What to call.
    sharing
        The addresses of `share_range` and of the team's table, and the number of parts.
    """
    share_range, table, parts = sharing
    start, stop, *common = arguments
    held = build.alloca(_held(loop))
    for place, value in enumerate(common):
        build.store(value, _member(build, held, place))
    numbers = [table, build.ptrtoint(_job(loop), INDEX), parts, start, stop, build.ptrtoint(held, INDEX)]
    return build.call(build.inttoptr(share_range, _SHARE_RANGE.as_pointer()), numbers)


def _job(loop: ir.Function) -> ir.Function:
    """Write the function that a thread calls, with the address of start, stop, what is common, and its answer."""
    job = ir.Function(loop.module, ir.FunctionType(ir.VoidType(), [INDEX]), "job")
    build = ir.IRBuilder(job.append_basic_block())
    numbers = build.inttoptr(job.args[0], INDEX.as_pointer())
    places = [build.gep(numbers, [INDEX(place)]) for place in range(4)]
    start, stop, address = (build.load(place) for place in places[:3])
    held = build.inttoptr(address, _held(loop).as_pointer())
    common = [build.load(_member(build, held, place)) for place in range(len(loop.args) - _RANGE)]
    build.store(build.call(loop, [start, stop, *common]), places[3])
    build.ret_void()
    return job


def _held(loop: ir.Function) -> Any:
    return ir.LiteralStructType([argument.type for argument in loop.args[_RANGE:]])


def _member(build: ir.IRBuilder, held: Any, place: int) -> Any:
    return build.gep(held, [ir.IntType(32)(0), ir.IntType(32)(place)])
