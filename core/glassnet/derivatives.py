"""The derivative of each NumPy function that `glassnet.autodiff` knows, next to its name."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import Any

import numpy as np
import pluggy

from glassnet.arrays import Array
from glassnet.entry_points import Unusable, describe, read_entries
from glassnet.hookspecs import PluginHooks
from glassnet.kinds import Kind

Rule = Callable[..., tuple[Any, ...]]


def _more(a: Array, b: Array) -> Any:
    """Return 1 where `a` is above `b`, and 1/2 where they are equal: max(x, 0) has the slope of (x + |x|) / 2."""
    return (1.0 * (a > b) + (a >= b)) / 2


def _wide(of_result: Array, x: Array, axis: Any, keepdims: bool) -> Array:
    """Return what a reduction made of `x` with the reduced axes back, so that it can be broadcast."""
    return of_result if keepdims or axis is None else np.expand_dims(of_result, axis)


def _sum(g: Array, y: Array, x: Array, axis: Any = None, keepdims: bool = False) -> tuple[Any, ...]:
    return (_wide(g, x, axis, keepdims) + np.zeros_like(x),)


def _mean(g: Array, y: Array, x: Array, axis: Any = None, keepdims: bool = False) -> tuple[Any, ...]:
    return (_wide(g, x, axis, keepdims) * (y.size / x.size) + np.zeros_like(x),)


def _extreme(g: Array, y: Array, x: Array, axis: Any = None, keepdims: bool = False) -> tuple[Any, ...]:
    reached = x == _wide(y, x, axis, keepdims)  # equal elements share
    return (reached * _wide(g, x, axis, keepdims) / reached.sum(axis=axis, keepdims=True),)


def _clip(g: Array, y: Array, x: Array, a_min: Any = None, a_max: Any = None) -> tuple[Any, ...]:
    cut = g * (x != y)
    return g * (x == y), cut * (y == a_min), cut * (y == a_max)


def _matmul(g: Array, y: Array, a: Array, b: Array) -> tuple[Any, ...]:
    if a.ndim == 1:
        g = np.expand_dims(g, -2 if b.ndim > 1 else -1)
    if b.ndim == 1:
        g = np.expand_dims(g, -1)
    rows, columns = (a[None] if a.ndim == 1 else a), (b[:, None] if b.ndim == 1 else b)
    da, db = g @ columns.swapaxes(-1, -2), rows.swapaxes(-1, -2) @ g
    return (da[..., 0, :] if a.ndim == 1 else da), (db[..., 0] if b.ndim == 1 else db)


def _einsum(g: Array, y: Array, subscripts: str, *operands: Array) -> tuple[Any, ...]:
    before, _, after = subscripts.replace(" ", "").partition("->")
    terms = before.split(",")
    if "->" not in subscripts or "." in subscripts or any(len(set(term)) < len(term) for term in terms):
        raise TypeError(f"einsum is traced in full form without repeats such as 'ij,jk->ik' (got {subscripts!r})")
    gradients = []
    for place, term in enumerate(terms):
        others = [*terms[:place], *terms[place + 1 :]], [*operands[:place], *operands[place + 1 :]]
        # An index that stands in this term alone was summed: ones bring it back.
        shape = operands[place].shape
        formula = f"{','.join([after, *others[0], term])}->{term}"
        gradients.append(np.einsum(formula, g, *others[1], np.ones(shape)))
    return None, *gradients


# g is the slope of the result y; what is returned is summed over the axes along which an argument was broadcast.
DERIVATIVES: dict[Any, Rule] = {
    np.positive: lambda g, y, x: (g,),
    np.negative: lambda g, y, x: (-g,),
    np.add: lambda g, y, a, b: (g, g),
    np.subtract: lambda g, y, a, b: (g, -g),
    np.multiply: lambda g, y, a, b: (g * b, g * a),
    np.divide: lambda g, y, a, b: (g / b, -g * y / b),
    np.power: lambda g, y, a, b: (g * b * np.power(a, b - 1.0), g * y * np.log(np.where(a > 0, a, 1.0))),
    np.square: lambda g, y, x: (g * 2 * x,),
    np.sqrt: lambda g, y, x: (g / (2 * y),),
    np.reciprocal: lambda g, y, x: (-g * y * y,),
    np.exp: lambda g, y, x: (g * y,),
    np.expm1: lambda g, y, x: (g * (y + 1),),
    np.log: lambda g, y, x: (g / x,),
    np.log2: lambda g, y, x: (g / (x * np.log(2)),),
    np.log10: lambda g, y, x: (g / (x * np.log(10)),),
    np.log1p: lambda g, y, x: (g / (1 + x),),
    np.logaddexp: lambda g, y, a, b: (g * np.exp(a - y), g * np.exp(b - y)),
    np.sin: lambda g, y, x: (g * np.cos(x),),
    np.cos: lambda g, y, x: (-g * np.sin(x),),
    np.tan: lambda g, y, x: (g * (1 + y * y),),
    np.arctan: lambda g, y, x: (g / (1 + x * x),),
    np.sinh: lambda g, y, x: (g * np.cosh(x),),
    np.cosh: lambda g, y, x: (g * np.sinh(x),),
    np.tanh: lambda g, y, x: (g * (1 - y * y),),
    np.absolute: lambda g, y, x: (g * np.sign(x),),
    np.maximum: lambda g, y, a, b: (g * _more(a, b), g * _more(b, a)),
    np.minimum: lambda g, y, a, b: (g * _more(b, a), g * _more(a, b)),
    np.clip: _clip,
    np.where: lambda g, y, condition, a, b: (None, np.where(condition, g, 0), np.where(condition, 0, g)),
    np.matmul: _matmul,
    np.vecdot: lambda g, y, a, b, axis=-1: (np.expand_dims(g, axis) * b, np.expand_dims(g, axis) * a),
    np.einsum: _einsum,
    np.sum: _sum,
    np.mean: _mean,
    np.max: _extreme,
    np.min: _extreme,
    **dict.fromkeys(
        (np.sign, np.floor, np.ceil, np.rint, np.zeros_like, np.ones_like, np.empty_like), lambda g, y, x, **_: (None,)
    ),
    np.full_like: lambda g, y, x, value, **_: (None, g),
}


def rule_for(function: Any) -> Rule | None:
    """Return the rule of a NumPy function, from plugins where it has none here; None where nobody has one."""
    return DERIVATIVES.get(function) or of_plugins().get(function)


@cache
def of_plugins() -> dict[Any, Rule]:
    """Return the rules that plugins bring; read when the first function is met that has none here.

    Raises
    ------
    PluginLoadError
        When a plugin cannot be imported or does not give a mapping.
    """
    rules: dict[Any, Rule] = {}
    for entry in read_entries([Kind("derivatives", "builtins:object", "derivatives", instances=True)])[0]:
        try:
            manager = pluggy.PluginManager("glassnet")
            manager.add_hookspecs(PluginHooks)
            manager.register(entry.imported())
            given = manager.hook.glassnet_derivatives()
            if not given:
                raise Unusable("no glassnet_derivatives() marked with @gn.hookimpl that returns a mapping")
            rules |= given[0]
        except Unusable as cause:
            raise entry.broken(str(cause)) from cause.__cause__
        except Exception as error:
            raise entry.broken(describe(error)) from error
    return rules
