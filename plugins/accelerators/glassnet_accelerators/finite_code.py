"""The code of a thread's look for NaN and infinity, in the instructions of LLVM."""

from __future__ import annotations

import math

from llvmlite import ir

from glassnet_machine_code.instructions import INDEX, load, number_at
from glassnet_machine_code.team_code import ANSWER, COMMON, START, STOP

_FLOAT, _BYTES = ir.FloatType(), 4
# Of the number of elements, and of each vector: where it is, and how many numbers from one element to the next.
_SDOT = ir.FunctionType(_FLOAT, [INDEX] * 5)


def module_of_look() -> ir.Module:
    """Return the code of `look`: it answers 1 if the product of two vectors is not finite in its range.

    Behind the address that is common to all are those of the number `sdot`, of the first and of the second vector.
    """
    module = ir.Module("finite")
    function = ir.Function(module, ir.FunctionType(ir.VoidType(), [INDEX]), "look")
    build = ir.IRBuilder(function.append_basic_block())
    job = function.args[0]
    start, stop, common = (load(build, job, place) for place in (START, STOP, COMMON))
    numbers, x, y = (load(build, common, place) for place in range(3))
    sdot = build.inttoptr(load(build, numbers, 0), _SDOT.as_pointer())
    x, y = (build.add(vector, build.mul(start, INDEX(_BYTES))) for vector in (x, y))
    product = build.call(sdot, [build.sub(stop, start), x, INDEX(1), y, INDEX(1)])
    size = build.call(module.declare_intrinsic("llvm.fabs", [_FLOAT]), [product])
    is_finite = build.fcmp_ordered("<", size, _FLOAT(math.inf))
    build.store(build.zext(build.not_(is_finite), INDEX), number_at(build, job, ANSWER))
    build.ret_void()
    return module
