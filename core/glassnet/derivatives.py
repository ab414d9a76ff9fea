"""The derivative of each NumPy function that `glassnet.autodiff` knows, next to its name."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from glassnet.arrays import Array

Rule = Callable[..., tuple[Any, ...]]


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
    np.maximum: lambda g, y, a, b: (g * (a > b), g * (a <= b)),
    np.minimum: lambda g, y, a, b: (g * (a < b), g * (a >= b)),
    np.clip: lambda g, y, x, low=None, high=None: (g * (x == y), g * (y != x) * (y == low), g * (y != x) * (y == high)),
    np.where: lambda g, y, condition, a, b: (None, np.where(condition, g, 0), np.where(condition, 0, g)),
    np.matmul: _matmul,
    np.einsum: _einsum,
    np.sum: _sum,
    np.mean: _mean,
    np.max: _extreme,
    np.min: _extreme,
    **dict.fromkeys((np.sign, np.floor, np.ceil, np.rint, np.zeros_like, np.ones_like), lambda g, y, x: (None,)),
    np.empty_like: lambda g, y, x: (None,),
    np.full_like: lambda g, y, x, value: (None, g),
}
