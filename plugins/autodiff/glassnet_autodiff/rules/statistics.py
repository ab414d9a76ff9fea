"""Derivatives of weighted means, covariances, interpolation and ranges, from formulas of simpler operations."""

from __future__ import annotations

from typing import Any

import numpy as np

from glassnet.errors import TracingError
from glassnet_autodiff.rules.rule import VJPTable, composed, unlisted


def average(x: Any, axis: Any = None, weights: Any = None, *, keepdims: bool = False) -> Any:
    """``sum w x / sum w``."""
    if weights is None:
        return np.mean(x, axis=axis, keepdims=keepdims)
    weights = weights_of(x, axis, weights)
    total = np.sum(np.broadcast_to(weights, x.shape), axis=axis, keepdims=keepdims)
    return np.sum(weights * x, axis=axis, keepdims=keepdims) / total


def weights_of(x: Any, axis: Any, weights: Any) -> Any:
    """Return the weights of an axis in a shape that broadcasts to all elements."""
    weights = unlisted(weights)
    if weights.shape == x.shape:
        return weights
    axes = [one % x.ndim for one in (axis if isinstance(axis, tuple) else (axis,))]
    weights = np.transpose(weights, np.argsort(np.argsort(axes)).tolist())
    return np.reshape(weights, [x.shape[one] if one in axes else 1 for one in range(x.ndim)])


def cov(m: Any, y: Any = None, rowvar: bool = True, bias: bool = False, ddof: Any = None) -> Any:
    """``(x - mean x) (x - mean x)^H / (n - ddof)``, a row for each variable."""
    x = rows(m, rowvar)
    if y is not None:
        x = np.concatenate([x, rows(y, rowvar)])
    x = x - np.mean(x, axis=1, keepdims=True)
    count = x.shape[1] - (ddof if ddof is not None else 0 if bias else 1)
    return np.squeeze(x @ np.conj(x.T) / count)


def rows(x: Any, rowvar: bool) -> Any:
    """Return a matrix with a row for each variable."""
    x = np.reshape(x, (1, -1)) if np.ndim(x) < 2 else x
    return x if rowvar or x.shape[0] == 1 else x.T


def corrcoef(x: Any, y: Any = None, rowvar: bool = True) -> Any:
    """The covariance over the product of both standard deviations."""
    c = cov(x, y, rowvar)
    if c.ndim == 0:
        return c / c
    deviation = np.sqrt(np.diagonal(c))
    return c / deviation[:, np.newaxis] / deviation


def interp(x: Any, xp: Any, fp: Any, left: Any = None, right: Any = None) -> Any:
    """The straight line between the two points beside x, and the outermost values beyond them."""
    plain_x, plain_xp = plain(x), plain(xp)
    before = np.clip(np.searchsorted(plain_xp, plain_x, side="right") - 1, 0, len(plain_xp) - 2)
    x0, x1, f0, f1 = xp[before], xp[before + 1], fp[before], fp[before + 1]
    y = f0 + (x - x0) / (x1 - x0) * (f1 - f0)
    y = np.where(plain_x < plain_xp[0], fp[0] if left is None else left, y)
    return np.where(plain_x > plain_xp[-1], fp[-1] if right is None else right, y)


def plain(x: Any) -> Any:
    """Return the values of an array, for comparisons."""
    return getattr(x, "value", x)


def linspace(start: Any, stop: Any, num: int = 50, endpoint: bool = True, *, axis: int = 0) -> Any:
    """``start + t (stop - start)``."""
    t = np.linspace(0, 1, num, endpoint)
    t = t.reshape(-1, *(1,) * max(np.ndim(start), np.ndim(stop)))
    return np.moveaxis(start + t * (stop - start), 0, axis)


def logspace(start: Any, stop: Any, num: int = 50, endpoint: bool = True, base: Any = 10.0, *, axis: int = 0) -> Any:
    """The base to the power of evenly spaced numbers."""
    return base ** linspace(start, stop, num, endpoint, axis=axis)


def geomspace(start: Any, stop: Any, num: int = 50, endpoint: bool = True, dtype: Any = None, *, axis: int = 0) -> Any:
    """``start (stop / start)^t``."""
    start = start + np.zeros((), dtype)
    t = np.linspace(0, 1, num, endpoint)
    t = t.reshape(-1, *(1,) * max(np.ndim(start), np.ndim(stop)))
    return np.moveaxis(start * (stop / start) ** t, 0, axis)


def piecewise(x: Any, conditions: Any, functions: Any) -> Any:
    """Each function where its condition holds, and the last one, if there is one more, where none does."""
    conditions = [conditions] if np.ndim(conditions) == x.ndim else list(conditions)
    if not isinstance(functions, list) or any(np.shape(one) != x.shape for one in conditions):
        raise TracingError("np.piecewise needs a list of functions, and conditions in the shape of x, for a derivative")
    if len(functions) == len(conditions) + 1:
        conditions.append(~np.any(conditions, axis=0))
    y = np.zeros_like(x)
    for condition, function in zip(conditions, functions, strict=True):
        if np.any(condition):
            y[condition] = function(x[condition]) if callable(function) else function
    return y


VJPS: VJPTable = {
    np.average: composed(average),
    np.cov: composed(cov, 2),
    np.corrcoef: composed(corrcoef, 2),
    np.interp: composed(interp, 3),
    np.linspace: composed(linspace, 2),
    np.logspace: composed(logspace, 2),
    np.geomspace: composed(geomspace, 2),
    np.piecewise: composed(piecewise),
}
