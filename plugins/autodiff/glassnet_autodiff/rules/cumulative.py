"""Derivatives of running sums and products, of differences, and of integrals over samples."""

from __future__ import annotations

from functools import wraps
from typing import Any

import numpy as np

from glassnet.types import Array
from glassnet_autodiff.derivatives import VJP
from glassnet_autodiff.rules.elementwise import VJPS as OF_ELEMENTS
from glassnet_autodiff.rules.reductions import first_axis
from glassnet_autodiff.rules.rule import Gradients, VJPTable, composed, unlisted
from glassnet_autodiff.rules.ufunc_methods import accumulated

PRODUCT = accumulated(np.multiply, OF_ELEMENTS[np.multiply])


def cumsum(g: Array, y: Array, x: Array, axis: Any = None) -> Gradients:
    """``dx_i`` is the sum of g from i on."""
    return (np.flip(np.cumsum(np.flip(g, axis), axis), axis).reshape(x.shape),)


def cumprod(g: Array, y: Array, x: Array, axis: Any = None) -> Gradients:
    """Step by step from the end, and so without a division by an element that is 0."""
    line = x.ravel() if axis is None else x
    return (PRODUCT(g, y, line, -1 if axis is None else axis)[0].reshape(x.shape),)


def with_initial(rule: VJP) -> VJP:
    """Return the rule for results that can begin with the sum or product of nothing."""

    def longer(g: Array, y: Array, x: Array, *, axis: Any = None, include_initial: bool = False) -> Gradients:
        axis = 0 if axis is None else axis
        if include_initial:
            later = np.arange(1, y.shape[axis])
            g, y = g.take(later, axis), y.take(later, axis)
        return rule(g, y, x, axis)

    return longer


def nan_as(value: float, rule: VJP) -> VJP:
    """Return the rule for a NaN that counts as `value`."""

    @wraps(rule)
    def without_nan(g: Array, y: Array, x: Array, *arguments: Any, **named: Any) -> Gradients:
        (dx,) = rule(g, y, np.where(np.isnan(x), value, x), *arguments, **named)
        return (np.where(np.isnan(x), 0, dx),)

    return without_nan


def diff(
    g: Array, y: Array, x: Array, n: int = 1, axis: int = -1, prepend: Any = None, append: Any = None
) -> Gradients:
    """``dx_i = g_(i-1) - g_i``, n times."""
    for _ in range(n):
        g = -np.diff(g, axis=axis, prepend=0, append=0)
    first = 0 if prepend is None else length(prepend, axis)
    places = np.arange(first, first + x.shape[axis])
    last = np.arange(places[-1] + 1, g.shape[axis])
    return g.take(places, axis), None, None, g.take(np.arange(first), axis), g.take(last, axis)


def length(values: Any, axis: int) -> int:
    """Return how many elements `values` add along an axis."""
    return 1 if np.ndim(values) == 0 else np.shape(values)[axis]


def gradient(g: Array, y: Array, x: Array, *spacing: Any, axis: Any = None, edge_order: Any = 1) -> Gradients:
    """The same differences of the unit vectors are the matrix."""
    axes = range(x.ndim) if axis is None else axis if isinstance(axis, tuple) else (axis,)
    steps = spacing * len(axes) if len(spacing) == 1 else spacing or (1.0,) * len(axes)
    dx = np.zeros_like(x)
    for part, one, step in zip(g if isinstance(y, tuple | list) else (g,), axes, steps, strict=True):
        matrix: Any = np.gradient(np.eye(x.shape[one]), step, axis=0, edge_order=edge_order)
        dx += transposed(matrix, part, one)
    return (dx, *(None for _ in spacing))


def sums_of_parts(g: Array, y: Array, x: Array, places: Array, axis: Any = 0) -> Gradients:
    """The same sums of the unit vectors are the matrix."""
    return transposed(np.add.reduceat(np.eye(x.shape[axis]), places, axis=0), g, axis), None


def transposed(matrix: Array, g: Array, axis: int) -> Array:
    """Undo a product with a matrix along an axis."""
    return np.moveaxis(np.tensordot(matrix, np.moveaxis(g, axis, 0), (0, 0)), 0, axis)


def trapezoid(y: Any, x: Any = None, dx: Any = 1.0, axis: int = -1) -> Any:
    """The sum of ``dx (y_i + y_(i+1)) / 2``."""
    y = np.moveaxis(y, axis, -1)
    if x is not None:
        x = unlisted(x)
        x = x if x.ndim == 1 else np.moveaxis(x, axis, -1)
        dx = x[..., 1:] - x[..., :-1]
    return np.sum(dx * (y[..., 1:] + y[..., :-1]) / 2, axis=-1)


VJPS: VJPTable = {
    np.cumsum: cumsum,
    np.add.accumulate: first_axis(cumsum),
    np.add.reduceat: sums_of_parts,
    np.nancumsum: nan_as(0, cumsum),
    np.cumprod: cumprod,
    np.nancumprod: nan_as(1, cumprod),
    np.diff: diff,
    np.gradient: gradient,
    np.trapezoid: composed(trapezoid),
    np.ediff1d: lambda g, y, x: (-np.diff(g, prepend=0, append=0).reshape(x.shape),),
}
if hasattr(np, "cumulative_sum"):  # since NumPy 2.1
    VJPS |= {np.cumulative_sum: with_initial(cumsum), np.cumulative_prod: with_initial(cumprod)}
