"""Derivatives of products of vectors, matrices and tensors, and of convolution.

A product is linear in each factor, so the gradient of one is g times the conjugate of the others.
"""

from __future__ import annotations

from functools import reduce
from typing import Any

import numpy as np

from glassnet.errors import TracingError
from glassnet.types import Array
from glassnet_autodiff.derivatives import unbroadcast
from glassnet_autodiff.rules.rule import Gradients, VJPTable, composed, of_arrays


def matmul(g: Array, y: Array, a: Array, b: Array) -> Gradients:
    """``da = g b^H``, ``db = a^H g``; a vector counts as one row on the left and as one column on the right."""
    rows, columns = a if a.ndim > 1 else a[np.newaxis], b if b.ndim > 1 else b[:, np.newaxis]
    g = g.reshape(*y.shape[: y.ndim - (a.ndim > 1) - (b.ndim > 1)], rows.shape[-2], columns.shape[-1])
    da, db = g @ adjoint(columns), adjoint(rows) @ g
    return da if a.ndim > 1 else da[..., 0, :], db if b.ndim > 1 else db[..., 0]


def adjoint(matrix: Array) -> Array:
    """Return the conjugate transpose of the last two axes."""
    return matrix.swapaxes(-1, -2).conj()


def dot(g: Array, y: Array, a: Array, b: Array) -> Gradients:
    """The same as `matmul`, if neither is a number and b is not a stack of matrices."""
    return matmul(g, y, a, b) if a.ndim > 0 and b.ndim in (1, 2) else DOT_OF_MANY_AXES(g, y, a, b)


def dot_of_many_axes(a: Any, b: Any) -> Any:
    """The sum over the last axis of a and the last but one of b."""
    if np.ndim(a) == 0 or np.ndim(b) == 0:
        return a * b
    return np.tensordot(a, b, ([-1], [-min(np.ndim(b), 2)]))


def vecdot(g: Array, y: Array, a: Array, b: Array, *, axis: int = -1) -> Gradients:
    """``y = sum conj(a) b``; `axis` counts the axes of each vector, of which one may have fewer."""
    g, a, b = g[..., np.newaxis], np.moveaxis(a, axis, -1), np.moveaxis(b, axis, -1)
    gradients = (unbroadcast(np.conj(g) * b, a.shape), unbroadcast(g * a, b.shape))
    return tuple(np.moveaxis(one, -1, axis) for one in gradients)


def matvec(g: Array, y: Array, a: Array, x: Array) -> Gradients:
    """``y = a x``: ``da = g x^H``, ``dx = a^H g``."""
    return g[..., np.newaxis] * np.conj(x[..., np.newaxis, :]), np.matvec(adjoint(a), g)


def vecmat(g: Array, y: Array, x: Array, a: Array) -> Gradients:
    """``y = x^H a``: ``dx = a g^H``, ``da = x g``."""
    return np.matvec(a, np.conj(g)), x[..., np.newaxis] * g[..., np.newaxis, :]


def inner(a: Any, b: Any) -> Any:
    """The sum over the last axes."""
    return a * b if np.ndim(a) == 0 or np.ndim(b) == 0 else np.tensordot(a, b, ([-1], [-1]))


def tensordot(a: Any, b: Any, axes: Any = 2) -> Any:
    """A product of two matrices, whose inner axis are the axes that are summed."""
    if isinstance(axes, int | np.integer):
        axes = range(-axes, 0), range(axes)
    of_a, of_b = ([axes[i]] if np.ndim(axes[i]) == 0 else axes[i] for i in (0, 1))
    of_a, of_b = [one % a.ndim for one in of_a], [one % b.ndim for one in of_b]
    free_a, free_b = [i for i in range(a.ndim) if i not in of_a], [i for i in range(b.ndim) if i not in of_b]
    inside = int(np.prod([a.shape[i] for i in of_a]))
    rows = a.transpose(*free_a, *of_a).reshape(-1, inside)
    columns = b.transpose(*of_b, *free_b).reshape(inside, -1)
    return (rows @ columns).reshape([*(a.shape[i] for i in free_a), *(b.shape[i] for i in free_b)])


def outer(a: Any, b: Any) -> Any:
    """``a_i b_j``."""
    return np.reshape(a, (-1, 1)) * np.reshape(b, (1, -1))


def kron(a: Any, b: Any) -> Any:
    """Each element of a times all of b."""
    axes = max(a.ndim, b.ndim)
    a, b = (one.reshape((1,) * (axes - one.ndim) + one.shape) for one in (a, b))
    blocks = np.expand_dims(a, tuple(range(1, 2 * axes, 2))) * np.expand_dims(b, tuple(range(0, 2 * axes, 2)))
    return blocks.reshape([m * n for m, n in zip(a.shape, b.shape, strict=True)])


def cross(a: Any, b: Any, axisa: int = -1, axisb: int = -1, axisc: int = -1, axis: int | None = None) -> Any:
    """``a_2 b_3 - a_3 b_2`` and so on round the three axes."""
    if axis is not None:
        axisa = axisb = axisc = axis
    a, b = np.moveaxis(a, axisa, -1), np.moveaxis(b, axisb, -1)
    if (a.shape[-1], b.shape[-1]) != (3, 3):
        raise TracingError("np.cross of vectors of two elements has no derivative here; give vectors of three")
    turns = ((1, 2), (2, 0), (0, 1))
    return np.moveaxis(np.stack([a[..., i] * b[..., j] - a[..., j] * b[..., i] for i, j in turns], axis=-1), -1, axisc)


def linalg_cross(a: Any, b: Any, *, axis: int = -1) -> Any:
    """The same, with one name for all axes."""
    return cross(a, b, axis=axis)


def trace(x: Any, offset: int = 0, axis1: int = 0, axis2: int = 1) -> Any:
    """The sum of the diagonal."""
    return np.sum(np.diagonal(x, offset, axis1, axis2), axis=-1)


def linalg_trace(x: Any, *, offset: int = 0) -> Any:
    """The same, of the last two axes."""
    return trace(x, offset, -2, -1)


def convolve(g: Array, y: Array, a: Array, v: Array, mode: Any = "full") -> Gradients:
    """``y_k = sum a_n v_(k-n)``."""
    return from_full(g, a, v, (min(a.size, v.size) - 1) // 2)


def correlate(g: Array, y: Array, a: Array, v: Array, mode: Any = "valid") -> Gradients:
    """``y_k = sum a_(k+n) conj(v_n)``; the middle part of an even number begins one later if v is the longer one."""
    da, reverse = from_full(g, a, np.conj(v[::-1]), (min(a.size, v.size) - (a.size >= v.size)) // 2)
    return da, np.conj(reverse[::-1])


def from_full(g: Array, a: Array, v: Array, middle: int) -> Gradients:
    """Each mode returns a part of the full convolution, and its length says which; the mode same begins at `middle`."""
    whole = np.zeros(a.size + v.size - 1, g.dtype)
    first = {whole.size: 0, max(a.size, v.size): middle}.get(g.size, min(a.size, v.size) - 1)
    whole[first : first + g.size] = g
    return np.correlate(whole, v, "valid"), np.correlate(whole, a, "valid")


DOT_OF_MANY_AXES = composed(dot_of_many_axes, 2)
VJPS: VJPTable = {
    **dict.fromkeys((np.matmul, np.linalg.matmul), of_arrays(matmul)),
    np.dot: of_arrays(dot),
    np.vdot: of_arrays(lambda g, y, a, b: (np.conj(g) * b.reshape(a.shape), g * a.reshape(b.shape))),
    **dict.fromkeys((np.vecdot, np.linalg.vecdot), of_arrays(vecdot)),
    np.inner: composed(inner, 2),
    **dict.fromkeys((np.tensordot, np.linalg.tensordot), composed(tensordot, 2)),
    **dict.fromkeys((np.outer, np.linalg.outer), composed(outer, 2)),
    np.linalg.multi_dot: composed(lambda arrays: reduce(np.matmul, arrays), 0),
    np.kron: composed(kron, 2),
    np.cross: composed(cross, 2),
    np.linalg.cross: composed(linalg_cross, 2),
    np.trace: composed(trace),
    np.linalg.trace: composed(linalg_trace),
    np.convolve: of_arrays(convolve),
    np.correlate: of_arrays(correlate),
}
if hasattr(np, "matvec"):  # since NumPy 2.2
    VJPS |= {np.matvec: of_arrays(matvec), np.vecmat: of_arrays(vecmat)}
