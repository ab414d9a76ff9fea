"""Derivatives of numpy.linalg. Giles (2008), An extended collection of matrix derivative results, section 2.

``A^H`` is the conjugate transpose. NumPy's cholesky, eigh and eigvalsh read the lower triangle of a symmetric matrix
alone, and so the gradient is in the lower triangle; PyTorch divides it between both.
"""

from __future__ import annotations

from functools import reduce
from typing import Any

import numpy as np

from glassnet.arrays import Array
from glassnet.derivative_rules.elementwise import ratio
from glassnet.derivative_rules.products import adjoint
from glassnet.derivative_rules.reductions import exclusive, extreme, spread
from glassnet.derivative_rules.rule import Rules, composed, of_arrays

Gradients = tuple[Any, ...]


def inv(g: Array, y: Array, a: Array) -> Gradients:
    """``dA = -Y^H g Y^H``."""
    return (-adjoint(y) @ g @ adjoint(y),)


def solve(g: Array, y: Array, a: Array, b: Array) -> Gradients:
    """``db = A^-H g``, ``dA = -db Y^H``."""
    if b.ndim == 1:
        g, y = g[..., np.newaxis], y[..., np.newaxis]
    db = np.linalg.solve(adjoint(a), g)
    return -db @ adjoint(y), db[..., 0] if b.ndim == 1 else db


def det(g: Array, y: Array, a: Array) -> Gradients:
    """``dA = g`` times the cofactors, which singular matrices have too; from ``A = U S V^H``."""
    u, s, vh = np.linalg.svd(a)
    others = exclusive(s) * np.flip(exclusive(np.flip(s, -1)), -1)
    sign = np.linalg.det(u) * np.linalg.det(vh)
    return ((g * np.conj(sign))[..., np.newaxis, np.newaxis] * ((u * others[..., np.newaxis, :]) @ vh),)


def pinv(g: Array, y: Array, a: Array) -> Gradients:
    """Golub and Pereyra (1973), for matrices that keep their rank."""
    h = adjoint(g)
    k = h @ y
    k_y = k @ adjoint(y)
    return (-adjoint(y @ k) + k_y - (a @ y) @ k_y + (adjoint(y) @ y) @ (h - k @ a),)


def cholesky(g: Array, y: Array, a: Array) -> Gradients:
    """``dA = L^-H half(L^H g) L^-1``, where half takes the lower triangle and half of the diagonal."""
    middle = np.tril(adjoint(y) @ g)
    middle = middle - on_diagonal(middle) / 2
    return (lower(np.linalg.solve(adjoint(y), adjoint(np.linalg.solve(adjoint(y), adjoint(middle))))),)


def on_diagonal(matrix: Array) -> Array:
    """Return the matrix with 0 beside its diagonal."""
    return matrix * np.eye(matrix.shape[-1])


def lower(g: Array) -> Array:
    """Return the gradient of a matrix whose upper triangle NumPy takes from the lower one."""
    symmetric = (g + adjoint(g)) / 2
    return np.tril(2 * symmetric) - on_diagonal(symmetric)


def eigvalsh(g: Array, y: Array, a: Array) -> Gradients:
    """``dA = V diag(g) V^H``."""
    v = np.linalg.eigh(a)[1]
    return (lower((v * g[..., np.newaxis, :]) @ adjoint(v)),)


def eigvals(g: Array, y: Array, a: Array) -> Gradients:
    """``dA = V^-H diag(g) V^H``."""
    v = np.linalg.eig(a).eigenvectors
    return (np.linalg.solve(adjoint(v), g[..., np.newaxis] * adjoint(v)),)


def svdvals(g: Array, y: Array, a: Array) -> Gradients:
    """``dA = U diag(g) V^H``."""
    u, _, vh = np.linalg.svd(a, full_matrices=False)
    return ((u * g[..., np.newaxis, :]) @ vh,)


def matrix_power(a: Any, n: int) -> Any:
    """A product of n matrices, or of -n inverse ones."""
    factors = [a if n > 0 else np.linalg.inv(a)] * abs(n)
    return reduce(np.matmul, factors) if factors else a * 0 + np.eye(a.shape[-1])


def norm(x: Any, ord: Any = None, axis: Any = None, keepdims: bool = False) -> Any:
    """That of a vector, or of a matrix where there are two axes."""
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
    slope = np.sign(x) * ratio(size, spread(x, y, axis, keepdims)) ** (ord - 1)
    return (spread(x, g, axis, keepdims) * np.where((x == 0) | (ord == 0), 0, slope),)


def matrix_norm(x: Any, *, keepdims: bool = False, ord: Any = "fro") -> Any:
    """Of the last two axes."""
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


def tensorinv(a: Any, ind: int = 2) -> Any:
    """The inverse of a matrix whose rows are the first `ind` axes."""
    rows, columns = a.shape[:ind], a.shape[ind:]
    return np.linalg.inv(a.reshape(np.prod(rows), -1)).reshape(columns + rows)


def tensorsolve(a: Any, b: Any) -> Any:
    """The solution of equations whose rows are the axes of b."""
    return np.linalg.solve(a.reshape(b.size, -1), b.ravel()).reshape(a.shape[b.ndim :])


def cond(x: Any, p: Any = None) -> Any:
    """The norm of a matrix times that of its inverse."""
    if p is None or p in (2, -2):
        values = np.linalg.svdvals(x)
        return values[..., -1] / values[..., 0] if p == -2 else values[..., 0] / values[..., -1]
    return np.linalg.norm(x, p, (-2, -1)) * np.linalg.norm(np.linalg.inv(x), p, (-2, -1))


RULES: Rules = {
    np.linalg.inv: inv,
    np.linalg.solve: of_arrays(solve),
    np.linalg.det: det,
    np.linalg.pinv: pinv,
    np.linalg.cholesky: cholesky,
    np.linalg.eigvalsh: eigvalsh,
    np.linalg.eigvals: eigvals,
    np.linalg.svdvals: svdvals,
    np.linalg.matrix_power: composed(matrix_power),
    np.linalg.tensorinv: composed(tensorinv),
    np.linalg.tensorsolve: composed(tensorsolve, 2),
    np.linalg.norm: composed(norm),
    np.linalg.vector_norm: vector_norm,
    np.linalg.matrix_norm: composed(matrix_norm),
    np.linalg.cond: composed(cond),
}
