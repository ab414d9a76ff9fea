"""Derivatives of decompositions of real matrices, which have several results, and so g has as many parts.

Giles (2008), An extended collection of matrix derivative results; Walter and Lehmann (2012), Algorithmic
differentiation of linear algebra functions with application in optimum experimental design. Vectors of equal singular
or eigenvalues are not unique, and have no derivative.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from glassnet.errors import TracingError
from glassnet.types import Array
from glassnet_autodiff.rules.linear_algebra import lower, on_diagonal, svdvals
from glassnet_autodiff.rules.products import adjoint
from glassnet_autodiff.rules.rule import Gradients, VJPTable


def slogdet(g: Any, y: Any, a: Array) -> Gradients:
    """The logarithm of the determinant has the slope ``A^-T``, and the sign has none."""
    return (g[1][..., np.newaxis, np.newaxis] * adjoint(np.linalg.inv(a)),)


def eigh(g: Any, y: Any, a: Array) -> Gradients:
    """``dA = V (diag(dw) + V^T dV / (w_j - w_i)) V^T``."""
    (dw, dv), (w, v) = g, y
    middle = adjoint(v) @ dv * over_differences(w) + dw[..., np.newaxis] * np.eye(w.shape[-1])
    return (lower(v @ middle @ adjoint(v)),)


def svd(g: Any, y: Any, a: Array, full_matrices: Any = True, compute_uv: Any = True) -> Gradients:
    """``dA = U ((skew(U^T dU) S + S skew(V^T dV)) / (s_j^2 - s_i^2) + diag(ds)) V^T``, and what leaves their span."""
    if not compute_uv:
        return svdvals(g, y, a)
    (du, ds, dvh), (u, s, vh) = g, y
    if u.shape[-1] != vh.shape[-2]:
        raise TracingError("np.linalg.svd with full_matrices=True has a derivative only for square matrices")
    ut, v, dv = adjoint(u), adjoint(vh), adjoint(dvh)
    row, column = s[..., np.newaxis, :], s[..., np.newaxis]
    inverse = over_differences(s * s)
    middle = (
        skew(ut @ du) * inverse * row + column * (skew(vh @ dv) * inverse) + ds[..., np.newaxis] * np.eye(s.shape[-1])
    )
    beside_u, beside_v = (du - u @ (ut @ du)) / row, (dv - v @ (vh @ dv)) / row
    return ((u @ middle + beside_u) @ vh + u @ adjoint(beside_v),)


def qr(g: Any, y: Any, a: Array, mode: Any = "reduced") -> Gradients:
    """``dA = (dQ + Q sym(R dR^T - dQ^T Q)) R^-T``, where sym copies the lower triangle to the upper one."""
    if mode == "r":
        (dr, r) = g, y
        q = adjoint(np.linalg.solve(adjoint(r), adjoint(a)))
        dq = np.zeros_like(q)
    elif mode == "reduced":
        (dq, dr), (q, r) = g, y
    else:
        raise TracingError(f"np.linalg.qr with mode={mode!r} has no derivative, only the modes reduced and r have one")
    if r.shape[-1] != r.shape[-2]:
        raise TracingError("np.linalg.qr has a derivative only for matrices with at least as many rows as columns")
    middle = np.tril(r @ adjoint(dr) - adjoint(dq) @ q)
    middle = middle + adjoint(middle) - on_diagonal(middle)
    return (adjoint(np.linalg.solve(r, adjoint(dq + q @ middle))),)


def over_differences(w: Array) -> Array:
    """Return ``1 / (w_j - w_i)``, and 0 on the diagonal."""
    differences = w[..., np.newaxis, :] - w[..., np.newaxis] + np.eye(w.shape[-1])
    return 1 / differences - np.eye(w.shape[-1])


def skew(matrix: Array) -> Array:
    """Return a matrix less its transpose."""
    return matrix - adjoint(matrix)


def modf(g: Any, y: Any, x: Array) -> Gradients:
    """The fraction has the slope 1, and the whole number has the slope 0."""
    return (g[0],)


def division(g: Any, y: Any, a: Array, b: Array) -> Gradients:
    """The quotient has the slope 0, and the remainder has the slopes ``1`` and ``-quotient``."""
    return g[1], -g[1] * y[0]


def frexp(g: Any, y: Any, x: Array) -> Gradients:
    """The mantissa is ``x / 2^exponent``."""
    return (np.ldexp(g[0], -y[1]),)


REAL_RULES: VJPTable = {
    np.linalg.slogdet: slogdet,
    np.linalg.eigh: eigh,
    np.linalg.svd: svd,
    np.linalg.qr: qr,
    np.modf: modf,
    np.divmod: division,
    np.frexp: frexp,
}
