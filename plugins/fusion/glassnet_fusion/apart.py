"""Whether arrays share memory, in the instructions of LLVM: compiled code reads all before it writes anything."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from llvmlite import ir

from glassnet_machine_code.installed import AXES, DATA, SHAPE
from glassnet_machine_code.instructions import ADDRESS, INDEX, for_each, member


def are_apart(build: ir.IRBuilder, arrays: Sequence[Any], sizes: Sequence[int], written: Sequence[int]) -> Any:
    """Write the question whether no array that is written to shares memory with another one.

    Parameters
    ----------
    build
        Where to write it.
    arrays, sizes
        Arrays in one piece, and the bytes of an element of each.
    written
        The places of those that are written to.
    """
    answer: Any = ir.IntType(1)(1)
    if not written or len(arrays) == 1:
        return answer
    end_of = _end_of(build.module)
    starts = [member(build, array, DATA, INDEX) for array in arrays]
    ends = [build.call(end_of, [array, INDEX(size)]) for array, size in zip(arrays, sizes, strict=True)]
    pairs = {frozenset((one, other)) for one in written for other in range(len(arrays)) if one != other}
    for one, other in sorted(map(sorted, pairs)):
        is_before = build.icmp_unsigned("<=", ends[one], starts[other])
        is_behind = build.icmp_unsigned("<=", ends[other], starts[one])
        answer = build.and_(answer, build.or_(is_before, is_behind))
    return answer


def _end_of(module: ir.Module) -> ir.Function:
    """Write a function of an array and the bytes of an element, which returns where its memory ends."""
    function = ir.Function(module, ir.FunctionType(INDEX, [ADDRESS, INDEX]), "end_of")
    function.linkage = "internal"
    array, size = function.args
    build = ir.IRBuilder(function.append_basic_block())
    total = build.alloca(INDEX)
    build.store(size, total)
    lengths = member(build, array, SHAPE, INDEX.as_pointer())

    def multiply(axis: Any) -> None:
        build.store(build.mul(build.load(total), build.load(build.gep(lengths, [axis]))), total)

    axes = build.sext(member(build, array, AXES, ir.IntType(32)), INDEX)
    for_each(build, INDEX(0), axes, INDEX(1), multiply)
    build.ret(build.add(member(build, array, DATA, INDEX), build.load(total)))
    return function
