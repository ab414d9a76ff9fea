"""The operations that compiled code computes to the bytes of NumPy's, in the instructions of LLVM.

All of them are exact, or rounded once, as IEEE 754 says. Others NumPy computes.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from llvmlite import ir

from glassnet_fusion.entries import (
    ADD_AT,
    CONVERT,
    COUNT,
    FILL,
    FIRST,
    MOVE,
    PAD,
    PICK,
    SCATTER,
    TOTAL,
    WHERE,
    NotTracedError,
)

BIT = ir.IntType(1)
# What the loops themselves compute.
_OF_WRITERS = (CONVERT, WHERE, COUNT, PICK, TOTAL, FILL, FIRST, MOVE, PAD, SCATTER, ADD_AT)
_INTEGER = np.dtype(np.int64).char
_TYPES = {"f": ir.FloatType(), "d": ir.DoubleType(), "?": BIT, _INTEGER: ir.IntType(64)}


def llvm_type(dtype: Any) -> Any:
    """Return the type in which compiled code computes with such numbers."""
    return _TYPES[dtype.char]


def emit(build: ir.IRBuilder, value: Any, operands: list[Any]) -> Any:
    """Write the instructions of an operation on values of one element."""
    kind = llvm_type(value.dtype)
    if value.operation == CONVERT:
        return _converted(build, operands[0], value.operands[0].dtype, value.dtype)
    if value.operation == WHERE:
        return build.select(*operands)
    if value.operands[0].dtype.char == "?":
        return _LOGICAL[value.operation](build, *operands)
    if value.operands[0].dtype.char == _INTEGER:
        return _OF_INTEGERS[value.operation](build, *operands)
    return _EMITTERS[value.operation](build, kind, *operands)


def is_native(value: Any) -> bool:
    """Tell whether compiled code computes this operation; `emit` then writes it."""
    if value.operation in _OF_WRITERS:
        return True
    kinds = {each.dtype.char for each in value.operands}
    known: Any = _LOGICAL if kinds == {"?"} else _OF_INTEGERS if kinds == {_INTEGER} else _EMITTERS
    return value.operation in known


def emit_extreme(build: ir.IRBuilder, ufunc: Any, x: Any, y: Any) -> Any:
    """Write the instructions of `np.maximum` or `np.minimum`."""
    return _EMITTERS[ufunc](build, x.type, x, y)


def _converted(build: ir.IRBuilder, value: Any, source: Any, target: Any) -> Any:
    kind = llvm_type(target)
    if source.char == _INTEGER:
        return build.icmp_signed("!=", value, value.type(0)) if target.char == "?" else build.sitofp(value, kind)
    if target.char == _INTEGER:
        if source.char != "?":
            raise NotTracedError(f"it converts {source} to integers")
        return build.zext(value, kind)
    if target.char == "?":
        return build.fcmp_unordered("!=", value, value.type(0))
    if source.char == "?":
        return build.uitofp(value, kind)
    return build.fptrunc(value, kind) if target.char == "f" else build.fpext(value, kind)


def _intrinsic(name: str) -> Callable[..., Any]:
    def write(build: ir.IRBuilder, kind: Any, x: Any) -> Any:
        return build.call(build.module.declare_intrinsic(f"llvm.{name}", [kind]), [x])

    return write


def _comparison(sign: str) -> Callable[..., Any]:
    def write(build: ir.IRBuilder, kind: Any, x: Any, y: Any) -> Any:
        compare = build.fcmp_unordered if sign == "!=" else build.fcmp_ordered
        return compare(sign, x, y)

    return write


def _extreme(sign: str) -> Callable[..., Any]:
    def write(build: ir.IRBuilder, kind: Any, x: Any, y: Any) -> Any:
        # The first NaN; and the second of two zeros with different signs.
        is_first = build.or_(build.fcmp_ordered(sign, x, y), build.fcmp_unordered("uno", x, x))
        return build.select(is_first, x, y)

    return write


_size = _intrinsic("fabs")


def _sign(build: ir.IRBuilder, kind: Any, x: Any) -> Any:
    zero = kind(0)
    of_rest = build.select(build.fcmp_ordered("==", x, zero), zero, x)
    of_negative = build.select(build.fcmp_ordered("<", x, zero), kind(-1), of_rest)
    return build.select(build.fcmp_ordered(">", x, zero), kind(1), of_negative)


_EMITTERS: dict[Any, Callable[..., Any]] = {
    np.add: lambda build, kind, x, y: build.fadd(x, y),
    np.subtract: lambda build, kind, x, y: build.fsub(x, y),
    np.multiply: lambda build, kind, x, y: build.fmul(x, y),
    np.divide: lambda build, kind, x, y: build.fdiv(x, y),
    np.negative: lambda build, kind, x: build.fneg(x),
    np.positive: lambda build, kind, x: x,
    np.square: lambda build, kind, x: build.fmul(x, x),
    np.reciprocal: lambda build, kind, x: build.fdiv(kind(1), x),
    np.sqrt: _intrinsic("sqrt"),
    np.absolute: _intrinsic("fabs"),
    np.fabs: _intrinsic("fabs"),
    np.floor: _intrinsic("floor"),
    np.ceil: _intrinsic("ceil"),
    np.trunc: _intrinsic("trunc"),
    np.rint: _intrinsic("rint"),
    np.sign: _sign,
    np.maximum: _extreme(">"),
    np.minimum: _extreme("<"),
    np.less: _comparison("<"),
    np.less_equal: _comparison("<="),
    np.greater: _comparison(">"),
    np.greater_equal: _comparison(">="),
    np.equal: _comparison("=="),
    np.not_equal: _comparison("!="),
    np.isnan: lambda build, kind, x: build.fcmp_unordered("uno", x, x),
    np.isfinite: lambda build, kind, x: build.fcmp_ordered("<", _size(build, x.type, x), x.type(np.inf)),
    np.isinf: lambda build, kind, x: build.fcmp_ordered("==", _size(build, x.type, x), x.type(np.inf)),
}

_OF_INTEGERS: dict[Any, Callable[..., Any]] = {
    np.add: lambda build, x, y: build.add(x, y),
    np.subtract: lambda build, x, y: build.sub(x, y),
    np.multiply: lambda build, x, y: build.mul(x, y),
    np.equal: lambda build, x, y: build.icmp_signed("==", x, y),
    np.not_equal: lambda build, x, y: build.icmp_signed("!=", x, y),
}

_LOGICAL: dict[Any, Callable[..., Any]] = {
    np.bitwise_and: lambda build, x, y: build.and_(x, y),
    np.logical_and: lambda build, x, y: build.and_(x, y),
    np.bitwise_or: lambda build, x, y: build.or_(x, y),
    np.logical_or: lambda build, x, y: build.or_(x, y),
    np.multiply: lambda build, x, y: build.and_(x, y),
    np.invert: lambda build, x: build.not_(x),
    np.logical_not: lambda build, x: build.not_(x),
    np.positive: lambda build, x: x,
}
