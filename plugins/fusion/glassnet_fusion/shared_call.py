"""The call of a loop by which threads compute its range, some rows at a time, in the instructions of LLVM.

They are those of `glassnet_machine_code.team`, whose `share_range` is called.
"""

from __future__ import annotations

from typing import Any

from llvmlite import ir

from glassnet_machine_code.instructions import INDEX, load, number_at
from glassnet_machine_code.team_code import ANSWER, COMMON, SHARE_RANGE, START, STOP

# The first two arguments of a loop are its range; the others are the same for all threads.
_RANGE = 2


def call_by_threads(build: ir.IRBuilder, loop: ir.Function, arguments: list[Any], sharing: list[Any]) -> Any:
    """Write the call, and return the largest of the answers.

    Parameters
    ----------
    build
        Where to write it.
    loop, arguments
        What to call.
    sharing
        The addresses of `share_range` and of the team's table, the number of parts, and the rows of a portion.
    """
    share_range, table, parts, portion = sharing
    start, stop, *common = arguments
    held = build.alloca(_held(loop))
    for place, value in enumerate(common):
        build.store(value, _member(build, held, place))
    numbers = [table, build.ptrtoint(_job(loop), INDEX), parts, portion, start, stop, build.ptrtoint(held, INDEX)]
    return build.call(build.inttoptr(share_range, SHARE_RANGE.as_pointer()), numbers)


def _job(loop: ir.Function) -> ir.Function:
    """Write the function that a thread calls, with the address of start, stop, what is common, and its answer."""
    job = ir.Function(loop.module, ir.FunctionType(ir.VoidType(), [INDEX]), f"job_of_{loop.name}")
    build = ir.IRBuilder(job.append_basic_block())
    start, stop, address = (load(build, job.args[0], place) for place in (START, STOP, COMMON))
    held = build.inttoptr(address, _held(loop).as_pointer())
    common = [build.load(_member(build, held, place)) for place in range(len(loop.args) - _RANGE)]
    build.store(build.call(loop, [start, stop, *common]), number_at(build, job.args[0], ANSWER))
    build.ret_void()
    return job


def _held(loop: ir.Function) -> Any:
    return ir.LiteralStructType([argument.type for argument in loop.args[_RANGE:]])


def _member(build: ir.IRBuilder, held: Any, place: int) -> Any:
    return build.gep(held, [ir.IntType(32)(0), ir.IntType(32)(place)])
