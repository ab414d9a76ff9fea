"""The sum of a row in NumPy's order, which is pairwise: `numpy/_core/src/umath/loops_utils.h.src`."""

from __future__ import annotations

from typing import Any

from llvmlite import ir

from glassnet_machine_code.instructions import INDEX, for_each

# Up to this number NumPy adds up a row without halving it, by this number of running sums.
_UNDIVIDED, _SUMS = 128, 8


def row_sum(module: ir.Module, kind: Any) -> ir.Function:
    """Return a function of a row's address and length in a module; its code is written the first time.

    Whether a sum of zeros is 0 or -0 is not NumPy's: adding it to 0 decides.
    """
    name = f"row_sum_of_{kind}"
    if name not in module.globals:
        function = ir.Function(module, ir.FunctionType(kind, [kind.as_pointer(), INDEX]), name)
        function.linkage = "internal"
        _write(function, kind)
    found: ir.Function = module.globals[name]
    return found


def _write(function: ir.Function, kind: Any) -> None:
    row, count = function.args
    build = ir.IRBuilder(function.append_basic_block())
    with build.if_then(build.icmp_signed(">", count, INDEX(_UNDIVIDED)), likely=False):
        half = build.and_(build.ashr(count, INDEX(1)), INDEX(-_SUMS))
        first = build.call(function, [row, half])
        second = build.call(function, [build.gep(row, [half]), build.sub(count, half)])
        build.ret(build.fadd(first, second))
    by_sums = build.and_(count, INDEX(-_SUMS))
    so_far = build.alloca(kind)
    build.store(kind(0), so_far)
    with build.if_then(build.icmp_signed(">", by_sums, INDEX(0))):
        build.store(_total(build, _running_sums(build, row, by_sums, kind)), so_far)

    def add(i: Any) -> None:
        build.store(build.fadd(build.load(so_far), build.load(build.gep(row, [i]))), so_far)

    for_each(build, by_sums, count, INDEX(1), add)
    build.ret(build.load(so_far))


def _running_sums(build: ir.IRBuilder, row: Any, stop: Any, kind: Any) -> Any:
    """Return the sums of every eighth number as a vector."""
    vector = ir.VectorType(kind, _SUMS)
    sums = build.alloca(vector)
    build.store(ir.Constant(vector, [kind(0)] * _SUMS), sums)

    def add(i: Any) -> None:
        numbers = build.load(build.bitcast(build.gep(row, [i]), vector.as_pointer()))
        numbers.align = 4 if kind == ir.FloatType() else 8
        build.store(build.fadd(build.load(sums), numbers), sums)

    for_each(build, INDEX(0), stop, INDEX(_SUMS), add)
    return build.load(sums)


def _total(build: ir.IRBuilder, sums: Any) -> Any:
    """Return the sum of the running sums, pair by pair."""
    values = [build.extract_element(sums, ir.IntType(32)(place)) for place in range(_SUMS)]
    while len(values) > 1:
        values = [build.fadd(values[place], values[place + 1]) for place in range(0, len(values), 2)]
    return values[0]
