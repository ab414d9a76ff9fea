"""A look for NaN and infinity in vectors by one call of compiled code, for which NumPy's product takes longer.

The vectors stay where they are from call to call, as parameters and gradients do: nothing is looked up.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from functools import cache, partial
from typing import Any

import numpy as np
from llvmlite import ir

import glassnet as gn
from glassnet_accelerators import numpy_blas
from glassnet_machine_code.compiler import function_of
from glassnet_machine_code.installed import DATA, knows_arrays
from glassnet_machine_code.instructions import ADDRESS, INDEX, member

_FLOAT = ir.FloatType()
# Of the number of elements, and of each vector: where it is, and how many numbers from one element to the next.
_SDOT = ir.FunctionType(_FLOAT, [INDEX] * 5)


def product_is_finite(x: gn.Array, y: gn.Array, kept: gn.Array | None = None) -> Callable[[], bool] | None:
    """Return a function that tells whether the product of two vectors is finite; None where there is no code for it.

    It is not if one of their numbers is NaN or infinite, or if it overflows. If it is finite, x is copied to `kept`.
    """
    sdot = numpy_blas.sdot()
    vectors = [x, y, *(() if kept is None else (kept,))]
    are_taken = all(type(each) is np.ndarray and each.dtype == np.float32 and each.flags.carray for each in vectors)
    if sdot is None or not (are_taken and knows_arrays()):
        return None
    copies = 0 if kept is None else kept.nbytes
    numbers = np.array([sdot, len(x), copies, *(each.ctypes.data for each in (x, y, vectors[-1]))], np.int64)
    return partial(_look(), numbers, *vectors)  # which holds the vectors as long as their addresses


@cache
def _look() -> Callable[..., Any]:
    return function_of(_module(), "look")


def _module() -> ir.Module:
    """Return the code of a built-in function that reads the numbers which its first argument, an array, holds."""
    module = ir.Module("finite_call")
    kind = ir.FunctionType(ADDRESS, [ADDRESS, ADDRESS.as_pointer(), INDEX])
    function = ir.Function(module, kind, "look")
    truth = ir.Function(module, ir.FunctionType(ADDRESS, [INDEX]), "PyBool_FromLong")
    build = ir.IRBuilder(function.append_basic_block())
    numbers = member(build, build.load(function.args[1]), DATA, INDEX.as_pointer())
    sdot, count, copies, x, y, kept = (build.load(build.gep(numbers, [INDEX(place)])) for place in range(6))
    product = build.call(build.inttoptr(sdot, _SDOT.as_pointer()), [count, x, INDEX(1), y, INDEX(1)])
    size = build.call(module.declare_intrinsic("llvm.fabs", [_FLOAT]), [product])
    is_finite = build.fcmp_ordered("<", size, _FLOAT(math.inf))
    copy = module.declare_intrinsic("llvm.memmove", [ADDRESS, ADDRESS, INDEX])
    with build.if_then(is_finite, likely=True):
        build.call(copy, [build.inttoptr(kept, ADDRESS), build.inttoptr(x, ADDRESS), copies, ir.IntType(1)(0)])
    build.ret(build.call(truth, [build.zext(is_finite, INDEX)]))
    return module
