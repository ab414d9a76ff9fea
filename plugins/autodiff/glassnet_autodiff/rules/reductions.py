"""Derivatives of reductions along axes.

At an extreme that several elements share, each has an equal part of the slope, as in PyTorch's amax. The slope of a
standard deviation of equal values is 0, as in PyTorch.
"""

from __future__ import annotations

from functools import wraps
from typing import Any

import numpy as np

from glassnet.types import Array
from glassnet_autodiff.derivatives import VJP
from glassnet_autodiff.rules.axes import in_one_axis, spread
from glassnet_autodiff.rules.elementwise import of_chosen
from glassnet_autodiff.rules.rule import Gradients, VJPTable


def total(
    g: Array, y: Array, x: Array, axis: Any = None, *, keepdims: bool = False, initial: Any = 0, where: Any = True
) -> Gradients:
    """``dx = g``."""
    return (spread(x, g, axis, keepdims) * where,)


def mean(g: Array, y: Array, x: Array, axis: Any = None, *, keepdims: bool = False, where: Any = True) -> Gradients:
    """``dx = g / n``."""
    share = 1 / counted(x, y, axis, keepdims, where)
    return (spread(x, g * share, axis, keepdims) * where,)


def variance(
    g: Array,
    y: Array,
    x: Array,
    axis: Any = None,
    *,
    ddof: Any = 0,
    keepdims: bool = False,
    where: Any = True,
    correction: Any = 0,
) -> Gradients:
    """``dx = 2 g (x - mean x) / (n - ddof)``."""
    g = g / (counted(x, y, axis, keepdims, where) - ddof - correction)
    deviation = np.where(where, x - x.mean(axis, keepdims=True, where=where), 0)
    return (spread(x, g, axis, keepdims) * 2 * deviation,)


@wraps(variance)
def deviation(
    g: Array, y: Array, x: Array, axis: Any = None, *, keepdims: bool = False, where: Any = True, **named: Any
) -> Gradients:
    """``dx = g dvariance / (2 y)``, and 0 where y is 0, or is the rounding of a mean of equal values."""
    rounding = 16 * np.finfo(y.dtype).eps * np.abs(x.mean(axis, keepdims=keepdims, where=where))
    g = np.where(y <= rounding, 0, g / (2 * y))
    return variance(g, y, x, axis, keepdims=keepdims, where=where, **named)


def product(
    g: Array, y: Array, x: Array, axis: Any = None, *, keepdims: bool = False, initial: Any = 1, where: Any = True
) -> Gradients:
    """``dx = g`` times the product of all others, without a division by an element that is 0."""
    line, back = in_one_axis(np.where(where, x, 1), axis)
    others = back(exclusive(line) * np.flip(exclusive(np.flip(line, -1)), -1))
    return (spread(x, g, axis, keepdims) * np.conj(others * initial) * where,)


def exclusive(x: Array) -> Array:
    """Return for each element the product of those before it in the last axis."""
    return np.cumprod(np.concatenate([np.ones_like(x[..., :1]), x[..., :-1]], axis=-1), axis=-1)


def extreme(
    g: Array, y: Array, x: Array, axis: Any = None, *, keepdims: bool = False, initial: Any = None, where: Any = True
) -> Gradients:
    """``dx = g`` where x is the extreme; equal elements share."""
    chosen = (x == spread(x, y, axis, keepdims)) & where
    count = chosen.sum(axis=axis, keepdims=True)
    return (of_chosen(spread(x, g, axis, keepdims), chosen / np.where(count == 0, 1, count)),)


def peak_to_peak(g: Array, y: Array, x: Array, axis: Any = None, *, keepdims: bool = False) -> Gradients:
    """The gradient of the maximum less that of the minimum."""
    (of_high,) = extreme(g, x.max(axis, keepdims=keepdims), x, axis, keepdims=keepdims)
    (of_low,) = extreme(g, x.min(axis, keepdims=keepdims), x, axis, keepdims=keepdims)
    return (of_high - of_low,)


def log_sum(g: Array, y: Array, x: Array, axis: Any = 0, *, keepdims: bool = False) -> Gradients:
    """``dx = g exp(x - y)``, the softmax; 0 where all x are -inf."""
    exponent = x - spread(x, y, axis, keepdims)
    return (spread(x, g, axis, keepdims) * np.where(np.isnan(exponent), 0, np.exp(exponent)),)


def first_axis(rule: VJP) -> VJP:
    """Return the rule of a method of a ufunc, whose default is the first axis."""

    @wraps(rule)
    def reduced(g: Array, y: Array, x: Array, axis: Any = 0, **named: Any) -> Gradients:
        return rule(g, y, x, axis, **named)

    return reduced


def without_nan(rule: VJP) -> VJP:
    """Return the rule of the same function of the elements that are not NaN."""

    @wraps(rule)
    def rule_without_nan(g: Array, y: Array, x: Array, *arguments: Any, where: Any = True, **named: Any) -> Gradients:
        return rule(g, y, x, *arguments, where=where & ~np.isnan(x), **named)

    return rule_without_nan


def counted(x: Array, y: Array, axis: Any, keepdims: bool, where: Any) -> Any:
    """Return the number of elements in each reduction."""
    if where is True:
        return x.size / y.size
    return np.sum(np.broadcast_to(where, x.shape), axis=axis, keepdims=keepdims)


VJPS: VJPTable = {
    np.sum: total,
    np.add.reduce: first_axis(total),
    np.nansum: without_nan(total),
    np.mean: mean,
    np.nanmean: without_nan(mean),
    np.prod: product,
    np.multiply.reduce: first_axis(product),
    np.nanprod: without_nan(product),
}
REAL_RULES: VJPTable = {
    np.var: variance,
    np.nanvar: without_nan(variance),
    np.std: deviation,
    np.nanstd: without_nan(deviation),
    **dict.fromkeys((np.max, np.amax, np.min, np.amin), extreme),
    **dict.fromkeys((np.nanmax, np.nanmin), without_nan(extreme)),
    **dict.fromkeys((np.maximum.reduce, np.minimum.reduce), first_axis(extreme)),
    **dict.fromkeys((np.fmax.reduce, np.fmin.reduce), first_axis(without_nan(extreme))),
    np.ptp: peak_to_peak,
    np.logaddexp.reduce: log_sum,
}
