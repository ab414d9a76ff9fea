"""The iteration of Newton and Schulz, by which muon makes a matrix orthogonal."""

from __future__ import annotations

import numpy as np

import glassnet as gn

# Keller Jordan's coefficients of the iteration: steepest at zero, at the price of ending near 1 instead of at 1.
_A, _B, _C = 3.4445, -4.7750, 2.0315
_ITERATIONS = 5
_TINY = 1e-7


def orthogonalized(matrix: gn.Array) -> gn.Array:
    """Return, nearly, the orthogonal factor of `matrix`: U V^T where it is U S V^T.

    Newton-Schulz iteration: an odd polynomial of the matrix is one of its singular values, and repeated it takes all
    of them in 0..1 to around 1. Bernstein and Newhouse (2024), Old Optimizer, New Norm, arXiv:2409.20325.
    """
    x = matrix if matrix.shape[0] <= matrix.shape[1] else matrix.T
    x = x / max(float(np.linalg.norm(x)), _TINY)
    for _ in range(_ITERATIONS):
        gram = x @ x.T
        x = _A * x + (_B * gram + _C * gram @ gram) @ x
    return x if matrix.shape[0] <= matrix.shape[1] else x.T
