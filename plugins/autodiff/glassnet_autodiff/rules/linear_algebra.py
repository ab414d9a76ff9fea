"""Derivatives of numpy.linalg. Giles (2008), An extended collection of matrix derivative results, section 2.

``A^H`` is the conjugate transpose. NumPy's cholesky, eigh and eigvalsh read only the lower triangle of a symmetric
matrix, so the gradient is in the lower triangle. PyTorch divides the gradient between both triangles.
"""

from __future__ import annotations

from functools import reduce
from typing import Any

import numpy as np

from glassnet.types import Array
from glassnet_autodiff.rules.products import adjoint
from glassnet_autodiff.rules.reductions import exclusive
from glassnet_autodiff.rules.rule import Gradients, VJPTable, composed, of_arrays


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


def tensorinv(a: Any, ind: int = 2) -> Any:
    """The inverse of a matrix whose rows are the first `ind` axes."""
    rows, columns = a.shape[:ind], a.shape[ind:]
    return np.linalg.inv(a.reshape(np.prod(rows), -1)).reshape(columns + rows)


def tensorsolve(a: Any, b: Any) -> Any:
    """The solution of equations whose rows are the axes of b."""
    return np.linalg.solve(a.reshape(b.size, -1), b.ravel()).reshape(a.shape[b.ndim :])


VJPS: VJPTable = {
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
}
