"""The largest or smallest number of a row, by several numbers at once.

In whichever order numbers are compared, the extreme is the same number, unless it is a zero: of zeros with different
signs, which one is found depends on the order.
"""

from __future__ import annotations

from typing import Any

from llvmlite import ir

from glassnet_fusion.native import emit_extreme
from glassnet_machine_code.instructions import INDEX, for_each

# This number of extremes, each of every 16th number, is kept side by side.
_EXTREMES = 16


def row_extreme(module: ir.Module, kind: Any, ufunc: Any) -> ir.Function:
    """Return a function of a row's address and length in a module; its code is written the first time."""
    name = f"row_{ufunc.__name__}_of_{kind}"
    if name not in module.globals:
        function = ir.Function(module, ir.FunctionType(kind, [kind.as_pointer(), INDEX]), name)
        function.linkage = "internal"
        _write(function, kind, ufunc)
    found: ir.Function = module.globals[name]
    return found


def _write(function: ir.Function, kind: Any, ufunc: Any) -> None:
    row, count = function.args
    build = ir.IRBuilder(function.append_basic_block())
    vector = ir.VectorType(kind, _EXTREMES)
    so_far, side_by_side = build.alloca(kind), build.alloca(vector)
    build.store(build.load(row), so_far)
    by_vectors = build.and_(count, INDEX(-_EXTREMES))
    with build.if_then(build.icmp_signed(">", by_vectors, INDEX(0))):
        build.store(_vector_at(build, row, INDEX(0), vector), side_by_side)

        def compare(i: Any) -> None:
            found = emit_extreme(build, ufunc, build.load(side_by_side), _vector_at(build, row, i, vector))
            build.store(found, side_by_side)

        for_each(build, INDEX(_EXTREMES), by_vectors, INDEX(_EXTREMES), compare)
        build.store(_extreme_of(build, ufunc, build.load(side_by_side)), so_far)

    def compare_one(i: Any) -> None:
        build.store(emit_extreme(build, ufunc, build.load(so_far), build.load(build.gep(row, [i]))), so_far)

    for_each(build, by_vectors, count, INDEX(1), compare_one)
    build.ret(build.load(so_far))


def _vector_at(build: ir.IRBuilder, row: Any, i: Any, vector: Any) -> Any:
    numbers = build.load(build.bitcast(build.gep(row, [i]), vector.as_pointer()))
    numbers.align = 4 if vector.element == ir.FloatType() else 8
    return numbers


def _extreme_of(build: ir.IRBuilder, ufunc: Any, numbers: Any) -> Any:
    """Return the extreme of a vector, half by half."""
    length = numbers.type.count
    if length == 1:
        return build.extract_element(numbers, ir.IntType(32)(0))
    places = [ir.Constant(ir.VectorType(ir.IntType(32), length // 2), list(half)) for half in _halves(length)]
    first, second = (build.shuffle_vector(numbers, numbers, half) for half in places)
    return _extreme_of(build, ufunc, emit_extreme(build, ufunc, first, second))


def _halves(length: int) -> tuple[range, range]:
    return range(length // 2), range(length // 2, length)
