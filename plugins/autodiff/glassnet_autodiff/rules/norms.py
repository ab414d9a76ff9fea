"""Derivatives of the norms of vectors and matrices."""

from __future__ import annotations

from typing import Any

import numpy as np

from glassnet.types import Array
from glassnet_autodiff.rules.axes import spread
from glassnet_autodiff.rules.elementwise import ratio
from glassnet_autodiff.rules.reductions import extreme
from glassnet_autodiff.rules.rule import Gradients, VJPTable, composed


def norm(x: Any, ord: Any = None, axis: Any = None, keepdims: bool = False) -> Any:
    """Return the norm of a vector, or of a matrix if there are two axes."""
    axes = tuple(range(x.ndim)) if axis is None else axis if isinstance(axis, tuple) else (axis,)
    if len(axes) == 1 or ord is None:
        return np.linalg.vector_norm(x, axis=axes, keepdims=keepdims, ord=2 if ord is None else ord)
    result = matrix_norm(np.moveaxis(x, axes, (-2, -1)), ord=ord)
    return np.expand_dims(result, axes) if keepdims else result


def vector_norm(g: Array, y: Array, x: Array, *, axis: Any = None, keepdims: bool = False, ord: Any = 2) -> Gradients:
    """``y = (sum |x|^p)^(1/p)``: ``dx = g sign(x) (|x| / y)^(p - 1)``, and 0 where x is 0, as in PyTorch."""
    size = np.abs(x)
    if ord in (np.inf, -np.inf):
        return (extreme(g, y, size, axis, keepdims=keepdims)[0] * np.sign(x),)
    y = spread(x, y, axis, keepdims)
    size = ratio(size, y) ** (ord - 1) if ord >= 1 else ratio(y, size) ** (1 - ord)
    return (spread(x, g, axis, keepdims) * np.where((x == 0) | (ord == 0), 0, np.sign(x) * size),)


def matrix_norm(x: Any, *, keepdims: bool = False, ord: Any = "fro") -> Any:
    """Return the norm of the last two axes."""
    if ord in ("fro", "f"):
        return np.linalg.vector_norm(x, axis=(-2, -1), keepdims=keepdims)
    if ord in (1, -1, np.inf, -np.inf):
        sums = np.sum(np.abs(x), axis=-2 if abs(ord) == 1 else -1)
        result = np.max(sums, axis=-1) if ord > 0 else np.min(sums, axis=-1)
    else:
        values = np.linalg.svdvals(x)
        of_values: Any = {"nuc": np.sum, 2: np.max, -2: np.min}[ord]
        result = of_values(values, axis=-1)
    return np.expand_dims(result, (-2, -1)) if keepdims else result


def cond(x: Any, p: Any = None) -> Any:
    """Return the norm of a matrix times the norm of its inverse."""
    if p is None or p in (2, -2):
        values = np.linalg.svdvals(x)
        return values[..., -1] / values[..., 0] if p == -2 else values[..., 0] / values[..., -1]
    return np.linalg.norm(x, p, (-2, -1)) * np.linalg.norm(np.linalg.inv(x), p, (-2, -1))


VJPS: VJPTable = {
    np.linalg.norm: composed(norm),
    np.linalg.vector_norm: vector_norm,
    np.linalg.matrix_norm: composed(matrix_norm),
    np.linalg.cond: composed(cond),
}
