"""The matrix product of MKL as a NumPy function of the same manners as np.matmul."""

from __future__ import annotations

import ctypes
from functools import cache
from typing import Any

import llvmlite.binding
import numpy as np
from numba import types

import glassnet as gn
from glassnet_accelerators import mkl
from glassnet_accelerators.compiled import compiled_ufunc, compiled_within

# From cblas.h
_ROWS_FIRST, _AS_IT_IS, _TRANSPOSED = 101, 111, 112
_NUMBER = 4
# Weights with more numbers than this are multiplied in blocks of this number of rows. As a whole, MKL's threads on TBB
# take half as long again for them (docs/decisions.md).
_LARGE, _ROWS = 1_000_000, 128

llvmlite.binding.add_symbol("glassnet_sgemm", ctypes.cast(mkl.load().cblas_sgemm, ctypes.c_void_p).value)
# y = alpha a b + beta y. It takes the orders of all, of a and of b; m, n and k; alpha; where a is and the distance of
# its rows; the same of b; beta; and the same of y.
_MATRIX = (types.voidptr, types.int32)
_sgemm: Any = types.ExternalFunction(
    "glassnet_sgemm",
    types.void(*[types.int32] * 6, types.float32, *_MATRIX, *_MATRIX, types.float32, *_MATRIX),
)


@compiled_within
def _distance(a: gn.Array, transposed: bool) -> int:
    """Return how many numbers from one row of a matrix to the next, or of its transpose; 0 where rows are not whole."""
    rows, columns, row_step, step = a.shape[0], a.shape[1], a.strides[0], a.strides[1]
    if transposed:
        rows, columns, row_step, step = columns, rows, step, row_step
    if step != _NUMBER and columns > 1:
        return 0
    if rows == 1:
        return int(columns)
    return int(row_step // _NUMBER) if row_step >= columns * _NUMBER else 0


@compiled_ufunc("void(f4[:,:], f4[:,:], f4[:,:])", "(m,k),(k,n)->(m,n)")
def product(a: gn.Array, b: gn.Array, y: gn.Array) -> None:
    """Put ``a b`` into `y`; each may be a transpose."""
    (m, k), n = a.shape, b.shape[1]
    a_distance, b_distance, y_distance = _distance(a, False), _distance(b, False), _distance(y, False)
    a_order = _AS_IT_IS if a_distance else _TRANSPOSED
    b_order = _AS_IT_IS if b_distance else _TRANSPOSED
    a_distance = a_distance or _distance(a, True)
    b_distance = b_distance or _distance(b, True)
    if a_distance == 0 or b_distance == 0 or y_distance == 0:  # of every other row or column, say
        for i in range(m):
            for j in range(n):
                y[i, j] = np.sum(a[i] * b[:, j])
        return
    rows = _ROWS if k * n > _LARGE and a_order == b_order == _AS_IT_IS else k
    for start in range(0, k, rows):
        _sgemm(
            _ROWS_FIRST, a_order, b_order, m, n, min(rows, k - start),
            1, a[:, start:].ctypes, a_distance, b[start:].ctypes, b_distance,
            0 if start == 0 else 1, y.ctypes, y_distance,
        )  # fmt: skip


@cache
def check_once() -> None:
    """Compare a product with NumPy's.

    Raises
    ------
    RuntimeError
        When they differ: another library in this process is in the way.
    """
    a = np.random.default_rng(0).standard_normal((512, 512), np.float32)
    if not np.allclose(product(a, a), a @ a, atol=0.01):
        raise RuntimeError("MKL's products are wrong in this process")
