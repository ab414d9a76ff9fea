"""The call of a loop with memory of its own, which each thread that shares its range has for itself."""

from __future__ import annotations

from typing import Any

from llvmlite import ir

from glassnet_machine_code.instructions import ADDRESS, INDEX

# What allocates and frees memory, without Python's lock.
MEMORY_FUNCTIONS = ("PyMem_RawMalloc", "PyMem_RawFree")
_NOT_COMPUTED = INDEX(2)


def with_memory(loop: ir.Function, size: int) -> ir.Function:
    """Return a function that calls a loop, whose last argument is memory of a number of bytes.

    In place of that argument it has the addresses of the two functions. Without memory it computes nothing.
    """
    kinds = [*(argument.type for argument in loop.args[:-1]), INDEX, INDEX]
    function = ir.Function(loop.module, ir.FunctionType(INDEX, kinds), "loop_with_memory")
    *arguments, allocate, free = function.args
    build = ir.IRBuilder(function.append_basic_block())
    memory = build.call(_function(build, allocate, ADDRESS, INDEX), [INDEX(size)])
    result = build.alloca(INDEX)
    build.store(_NOT_COMPUTED, result)
    with build.if_then(build.icmp_unsigned("!=", memory, ir.Constant(ADDRESS, None)), likely=True):
        build.store(build.call(loop, [*arguments, memory]), result)
        build.call(_function(build, free, ir.VoidType(), ADDRESS), [memory])
    build.ret(build.load(result))
    return function


def _function(build: ir.IRBuilder, address: Any, result: Any, argument: Any) -> Any:
    return build.inttoptr(address, ir.FunctionType(result, [argument]).as_pointer())
