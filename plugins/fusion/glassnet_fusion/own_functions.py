"""exp, sin and cos of float32 within the loop, to the bytes of NumPy's loops for processors with fused multiply-add.

The method is that of Cody and Waite (1980), Software Manual for the Elementary Functions. The argument is reduced by
multiples of ln 2 or of pi/2 in several steps. A polynomial computes the rest; for exp it is a quotient of two. The
coefficients are those of NumPy's `loops_exponent_log.dispatch.c.src` and `npy_simd_data.h`, which Intel contributed.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from llvmlite import ir

_FLOAT, _INTEGER = ir.FloatType(), ir.IntType(32)
_hex = float.fromhex

# Adding and subtracting it rounds to an integer.
_ROUNDING = _hex("0x1.8p+23")
_PER_LN_2 = 1.4426950408889634
_LN_2 = (-0.693145752, -1.42860677e-6)
# Above the one exp is infinity, below the other 0.
_LARGEST, _SMALLEST = 88.72283935546875, -103.97208404541015625
_EXP_ABOVE = (
    5.082762527590693718096e-04,
    6.757896990527504603057e-03,
    5.114512081637298353406e-02,
    2.473615434895520810817e-01,
    7.257664613233124478488e-01,
    9.999999999980870924916e-01,
)
_EXP_BELOW = (2.159509375685829852307e-02, -2.742335390411667452936e-01, 1.0)
_BIAS, _FRACTION_BITS = 127, 23

_PER_HALF_PI = _hex("0x1.45f306p-1")
_HALF_PI = (_hex("-0x1.921fb0p+00"), _hex("-0x1.5110b4p-22"), _hex("-0x1.846988p-48"))
_SIN = (_hex("0x1.7d3bbcp-19"), _hex("-0x1.a06bbap-13"), _hex("0x1.11119ap-07"), _hex("-0x1.555556p-03"), 0.0)
_COS = (_hex("0x1.98e616p-16"), _hex("-0x1.6c06dcp-10"), _hex("0x1.55553cp-05"), -0.5, 1.0)
# Beyond these the reduction loses digits, and NumPy asks the C library.
BOUNDS = {np.sin: 117435.992, np.cos: 71476.0625}


def emit_own(build: ir.IRBuilder, function: Any, x: Any) -> Any:
    """Write the instructions of a function of `FUNCTIONS`."""
    return FUNCTIONS[function](build, x)


def is_own(value: Any, own: frozenset[Any]) -> bool:
    """Tell whether one of the functions in `own` computes a value, of any number."""
    return value.operation in own and value.dtype.char == "f" and value.operation not in BOUNDS


def is_beyond(build: ir.IRBuilder, function: Any, x: Any) -> Any:
    """Tell whether x is a number of which the function is not computed here."""
    size = build.call(build.module.declare_intrinsic("llvm.fabs", [_FLOAT]), [x])
    return build.fcmp_ordered(">", size, _number(BOUNDS[function]))


def _exp(build: ir.IRBuilder, x: Any) -> Any:
    is_nan = build.fcmp_unordered("uno", x, x)
    is_large = build.fcmp_ordered(">=", x, _number(_LARGEST))
    is_small = build.fcmp_ordered("<=", x, _number(_SMALLEST))
    inside = build.select(build.or_(is_nan, build.or_(is_large, is_small)), _number(0), x)
    rounding = _number(_ROUNDING)
    count = build.fsub(build.fadd(build.fmul(inside, _number(_PER_LN_2)), rounding), rounding)
    rest = _reduced(build, inside, count, _LN_2)
    quotient = build.fdiv(_polynomial(build, rest, _EXP_ABOVE), _polynomial(build, rest, _EXP_BELOW))
    # By two factors, since one alone would not be a float32; the second one alone rounds.
    exponent = build.fptosi(count, _INTEGER)
    half = build.ashr(exponent, _INTEGER(1))
    scaled = build.fmul(build.fmul(quotient, _power_of_2(build, half)), _power_of_2(build, build.sub(exponent, half)))
    result = build.select(is_small, _number(0), build.select(is_large, _number(np.inf), scaled))
    return build.select(is_nan, x, result)


def _power_of_2(build: ir.IRBuilder, exponent: Any) -> Any:
    return build.bitcast(build.shl(build.add(exponent, _INTEGER(_BIAS)), _INTEGER(_FRACTION_BITS)), _FLOAT)


def _sine(quarters: int) -> Callable[[ir.IRBuilder, Any], Any]:
    """Return what writes the sine of x and a number of quarters of a turn."""

    def write(build: ir.IRBuilder, x: Any) -> Any:
        rounding = _number(_ROUNDING)
        count = build.fsub(_fma(build, x, _number(_PER_HALF_PI), rounding), rounding)
        rest = _reduced(build, x, count, _HALF_PI)
        square = build.fmul(rest, rest)
        sine = _fma(build, _polynomial(build, square, _SIN), rest, rest)
        quarter = build.add(build.fptosi(count, _INTEGER), _INTEGER(quarters))
        is_odd, is_negative = (_has_bit(build, quarter, bit) for bit in (1, 2))
        value = build.select(is_odd, _polynomial(build, square, _COS), sine)
        return build.select(is_negative, build.fneg(value), value)

    return write


def _has_bit(build: ir.IRBuilder, integer: Any, bit: int) -> Any:
    return build.icmp_signed("!=", build.and_(integer, _INTEGER(bit)), _INTEGER(0))


def _reduced(build: ir.IRBuilder, x: Any, count: Any, parts: Sequence[float]) -> Any:
    """Return x and a count of a constant, whose parts are added one after another."""
    for part in parts:
        x = _fma(build, count, _number(part), x)
    return x


def _polynomial(build: ir.IRBuilder, x: Any, coefficients: Sequence[float]) -> Any:
    result: Any = _number(coefficients[0])
    for coefficient in coefficients[1:]:
        result = _fma(build, result, x, _number(coefficient))
    return result


def _fma(build: ir.IRBuilder, x: Any, y: Any, z: Any) -> Any:
    kind = ir.FunctionType(_FLOAT, [_FLOAT] * 3)
    return build.call(build.module.declare_intrinsic("llvm.fma", [_FLOAT], kind), [x, y, z])


def _number(value: float) -> Any:
    return _FLOAT(float(np.float32(value)))


FUNCTIONS: dict[Any, Callable[[ir.IRBuilder, Any], Any]] = {np.exp: _exp, np.sin: _sine(0), np.cos: _sine(1)}
