"""Derivatives of sorting and of quantiles: the gradient goes to the elements that a result was made of."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from glassnet.errors import TracingError
from glassnet.types import Array
from glassnet_autodiff.derivatives import VJP
from glassnet_autodiff.rules.axes import in_one_axis
from glassnet_autodiff.rules.rule import Gradients, VJPTable


def sort(g: Array, y: Array, x: Array, axis: Any = -1, *, kind: Any = None, stable: Any = None) -> Gradients:
    """The k-th smallest element of x has the gradient of the k-th smallest of y."""
    shape, axis = x.shape, -1 if axis is None else axis
    x = x if x.ndim == y.ndim else x.ravel()
    dx = np.empty(x.shape, g.dtype)
    from_y = np.take_along_axis(g, np.argsort(y, axis, kind="stable"), axis)
    np.put_along_axis(dx, np.argsort(x, axis, kind="stable"), from_y, axis)
    return (dx.reshape(shape),)


def partition(g: Array, y: Array, x: Array, kth: Any, axis: Any = -1, *, kind: Any = None) -> Gradients:
    """The same as `sort`, in another order."""
    return *sort(g, y, x, axis), None


def unique(g: Array, y: Array, x: Array, *, sorted: Any = True, equal_nan: Any = True) -> Gradients:
    """The same as `sort`, if no elements are equal."""
    if y.size < x.size:
        raise TracingError("np.unique has no derivative where elements are equal; use np.sort")
    return (sort(g, y, x.ravel())[0].reshape(x.shape),)


def quantile(function: Callable[..., Any]) -> VJP:
    """Return the rule of a function that interpolates between elements in their order.

    The function of the ranks 0, 1, 2, ... says between which ranks it interpolates, and how far. So one formula is
    right for each of NumPy's methods.
    """

    def rule(
        g: Array, y: Array, x: Array, q: Any, axis: Any = None, *, method: str = "linear", keepdims: bool = False
    ) -> Gradients:
        line, back = in_one_axis(x, axis)
        column = (-1, *line.shape[:-1], 1)
        ranks = np.argsort(np.argsort(line, -1, kind="stable"), -1).astype(float)
        places = function(np.where(np.isnan(line), np.nan, ranks), q, axis=-1, method=method)
        shares = np.maximum(1 - np.abs(ranks - np.reshape(places, column)), 0)
        return back(np.sum(np.reshape(g, column) * shares, axis=0)), None

    return rule


def median(of_quantile: VJP) -> VJP:
    """Return the rule of the quantile 1/2."""

    def rule(g: Array, y: Array, x: Array, axis: Any = None, *, keepdims: bool = False) -> Gradients:
        return of_quantile(g, y, x, 0.5, axis)[:1]

    return rule


REAL_RULES: VJPTable = {
    np.sort: sort,
    np.partition: partition,
    **dict.fromkeys((np.unique, np.unique_values), unique),
    **{function: quantile(function) for function in (np.quantile, np.percentile)},
    **{function: quantile(function) for function in (np.nanquantile, np.nanpercentile)},
    np.median: median(quantile(np.quantile)),
    np.nanmedian: median(quantile(np.nanquantile)),
}
