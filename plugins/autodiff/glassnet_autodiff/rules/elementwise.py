"""Derivatives of functions of single elements, each beside its name: ``g dy/da`` for each argument a."""

from __future__ import annotations

from typing import Any

import numpy as np

from glassnet.errors import TracingError
from glassnet_autodiff.rules.rule import VJPTable, elementwise, zero_slopes

# Also right for complex numbers.
VJPS: VJPTable = {
    np.positive: elementwise(lambda g, y, x: g),
    np.negative: elementwise(lambda g, y, x: -g),
    np.add: elementwise(lambda g, y, a, b: g, lambda g, y, a, b: g),
    np.subtract: elementwise(lambda g, y, a, b: g, lambda g, y, a, b: -g),
    np.multiply: elementwise(lambda g, y, a, b: g * b, lambda g, y, a, b: g * a),
    np.divide: elementwise(lambda g, y, a, b: g / b, lambda g, y, a, b: -g * y / b),
    **dict.fromkeys(
        (np.power, np.float_power),
        elementwise(
            lambda g, y, a, b: g * b * a ** np.where(b == 0, 1.0, b - 1),
            lambda g, y, a, b: np.where((a == 0) & (np.real(b) >= 0), 0, g * y * np.log(a)),  # 0 is the limit at a = 0
        ),
    ),
    np.square: elementwise(lambda g, y, x: g * 2 * x),
    np.sqrt: elementwise(lambda g, y, x: g / (2 * y)),
    np.reciprocal: elementwise(lambda g, y, x: -g * y * y),
    np.exp: elementwise(lambda g, y, x: g * y),
    np.exp2: elementwise(lambda g, y, x: g * y * np.log(2)),
    np.expm1: elementwise(lambda g, y, x: g * (y + 1)),
    np.log: elementwise(lambda g, y, x: g / x),
    np.log2: elementwise(lambda g, y, x: g / (x * np.log(2))),
    np.log10: elementwise(lambda g, y, x: g / (x * np.log(10))),
    np.log1p: elementwise(lambda g, y, x: g / (1 + x)),
    np.sin: elementwise(lambda g, y, x: g * np.cos(x)),
    np.cos: elementwise(lambda g, y, x: -g * np.sin(x)),
    np.tan: elementwise(lambda g, y, x: g * (1 + y * y)),
    np.arcsin: elementwise(lambda g, y, x: g / other_side(x, y, np.cos)),
    np.arccos: elementwise(lambda g, y, x: -g / other_side(x, y, np.sin)),
    np.arctan: elementwise(lambda g, y, x: g / (1 + x * x)),
    np.sinh: elementwise(lambda g, y, x: g * np.cosh(x)),
    np.cosh: elementwise(lambda g, y, x: g * np.sinh(x)),
    np.tanh: elementwise(lambda g, y, x: g * (1 - y * y)),
    np.arcsinh: elementwise(lambda g, y, x: g / np.sqrt(1 + x * x)),
    np.arccosh: elementwise(lambda g, y, x: g / (np.sqrt(x - 1) * np.sqrt(x + 1))),
    np.arctanh: elementwise(lambda g, y, x: g / ((1 - x) * (1 + x))),
    np.conjugate: lambda g, y, z: (np.conj(g),),
    np.sinc: elementwise(lambda g, y, x: g * sinc_slope(y, x)),
    # The results of these are real, so the imaginary part of g, if they are written to complex arrays, has no share.
    np.abs: lambda g, y, z: (np.real(g) * np.sign(z),),  # z / |z|, and 0 at 0
    np.real: lambda g, y, z: (np.real(g),),
    np.imag: lambda g, y, z: (1j * np.real(g),),
    np.angle: lambda g, y, z, deg=False: (np.real(g) * ratio(1j * z, np.abs(z) ** 2) * (180 / np.pi if deg else 1),),
}
# The same functions with complex results outside of their real domain.
EMATH = ("sqrt", "log", "log2", "log10", "power", "arcsin", "arccos", "arctanh")
VJPS |= {getattr(np.emath, name): VJPS[getattr(np, name)] for name in EMATH}

# If two arguments are equal, each of a maximum and a minimum has half of the slope, as in PyTorch.
REAL_RULES: VJPTable = {
    np.logaddexp: elementwise(
        lambda g, y, a, b: g * share(np.exp, a - y),
        lambda g, y, a, b: g * share(np.exp, b - y),
    ),
    np.logaddexp2: elementwise(
        lambda g, y, a, b: g * share(np.exp2, a - y),
        lambda g, y, a, b: g * share(np.exp2, b - y),
    ),
    np.cbrt: elementwise(lambda g, y, x: g / (3 * y * y)),
    np.hypot: elementwise(lambda g, y, a, b: g * ratio(a, y), lambda g, y, a, b: g * ratio(b, y)),
    np.arctan2: elementwise(
        lambda g, y, a, b: g * ratio(b, a * a + b * b),
        lambda g, y, a, b: -g * ratio(a, a * a + b * b),
    ),
    **dict.fromkeys((np.deg2rad, np.radians), elementwise(lambda g, y, x: g * np.pi / 180)),
    **dict.fromkeys((np.rad2deg, np.degrees), elementwise(lambda g, y, x: g * 180 / np.pi)),
    np.fabs: elementwise(lambda g, y, x: g * np.sign(x)),
    np.maximum: elementwise(lambda g, y, a, b: of_chosen(g, above(a, b)), lambda g, y, a, b: of_chosen(g, above(b, a))),
    np.minimum: elementwise(lambda g, y, a, b: of_chosen(g, above(b, a)), lambda g, y, a, b: of_chosen(g, above(a, b))),
    np.fmax: elementwise(
        lambda g, y, a, b: of_chosen(g, above_or_alone(a, b)), lambda g, y, a, b: of_chosen(g, above_or_alone(b, a))
    ),
    np.fmin: elementwise(
        lambda g, y, a, b: of_chosen(g, above_or_alone(-a, -b)),
        lambda g, y, a, b: of_chosen(g, above_or_alone(-b, -a)),
    ),
    np.remainder: elementwise(lambda g, y, a, b: g, lambda g, y, a, b: -g * np.floor_divide(a, b)),
    np.fmod: elementwise(lambda g, y, a, b: g, lambda g, y, a, b: -g * np.trunc(a / b)),
    np.copysign: elementwise(lambda g, y, a, b: g * np.sign(a) * np.copysign(1, b), lambda g, y, a, b: 0 * g),
    np.heaviside: elementwise(lambda g, y, x, at_zero: 0 * g, lambda g, y, x, at_zero: g * (x == 0)),
    np.ldexp: lambda g, y, x, exponent: (np.ldexp(g, exponent), None),
    **dict.fromkeys((np.sign, np.floor, np.ceil, np.rint, np.trunc, np.floor_divide), zero_slopes),
    **dict.fromkeys((np.fix, np.round, np.around), zero_slopes),
    np.clip: lambda g, y, x, a_min=None, a_max=None, *, min=None, max=None: clip(
        g, y, x, min if a_min is None else a_min, max if a_max is None else a_max
    ),
    np.unwrap: lambda g, y, x, discont=None, axis=-1, *, period=None: (g, None),
    np.nan_to_num: lambda g, y, x, copy=True, nan=0.0, posinf=None, neginf=None: nan_to_num(g, x, copy),
}


def other_side(x: Any, y: Any, function: Any) -> Any:
    """Return ``sqrt(1 - x^2)``; of complex numbers as a function of y, which knows its branch."""
    return function(y) if np.iscomplexobj(y) else np.sqrt((1 - x) * (1 + x))


def sinc_slope(y: Any, x: Any) -> Any:
    """``(cos(pi x) - y) / x``, and two terms of its series where the difference would cancel."""
    series = -(np.pi**2) * x / 3 * (1 - (np.pi * x) ** 2 / 10)
    return np.where(np.abs(x) < 2e-3, series, (np.cos(np.pi * x) - y) / x)


def share(exp: Any, exponent: Any) -> Any:
    """Return the share of a term in a sum of powers, which is 0 where all terms are 0 and the exponent is NaN."""
    return np.where(np.isnan(exponent), 0, exp(exponent))


def ratio(a: Any, b: Any) -> Any:
    """Return ``a / b``, and 0 where b is 0: the slope that PyTorch takes at the tip of a cone."""
    return np.where(b == 0, 0, a / np.where(b == 0, 1, b))


def of_chosen(g: Any, share: Any) -> Any:
    """Return the share of a gradient, and 0 where an element was not chosen, even if the gradient is infinite."""
    return np.where(share == 0, 0, g * share)


def above(a: Any, b: Any) -> Any:
    """Return where `a` is above `b`, and one half where they are equal: the slope of ``(a + b + |a - b|) / 2``."""
    return np.where(a == b, 0.5, a > b)


def above_or_alone(a: Any, b: Any) -> Any:
    """Return the same for functions that choose the other argument where one is NaN."""
    return np.where(np.isnan(b), 1.0, above(a, b))


def clip(g: Any, y: Any, x: Any, low: Any, high: Any) -> tuple[Any, ...]:
    """Return the gradient to the bound where one holds, and to x where none does."""
    within = x == y
    return of_chosen(g, within), of_chosen(g, ~within & (y == low)), of_chosen(g, ~within & (y == high))


def nan_to_num(g: Any, x: Any, copy: Any) -> tuple[Any, ...]:
    """Return the gradient where x is a number."""
    if not copy:
        raise TracingError("np.nan_to_num with copy=False writes into its argument; leave copy=False out")
    return (of_chosen(g, np.isfinite(x)),)
