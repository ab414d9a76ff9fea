"""dense with matrix products that are not NumPy's."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

import numpy as np

import glassnet as gn
from glassnet_accelerators import mkl
from glassnet_accelerators.numpy_only.dense import DenseByBlocks
from glassnet_machine_code.large_stack import on_large_stack


class DenseByMkl(DenseByBlocks):
    """Does what a dense does, in four bytes a number."""

    def forward(self, params: gn.Arrays, x: gn.Array, ctx: gn.Context) -> tuple[gn.Array, Any]:
        if x.dtype != np.float32 or not mkl.is_usable_here():
            return super().forward(params, x, ctx)
        from glassnet_accelerators.mkl_product import product

        rows = _in_one_piece(x).reshape(-1, x.shape[-1])
        y = ctx.buffer("y", (len(rows), params["weights"].shape[1]))
        product(rows, params["weights"], out=y)
        if "bias" in params:
            y += params["bias"]
        return y.reshape(*x.shape[:-1], y.shape[1]), rows

    def backward(
        self, params: gn.Arrays, cache: Any, dy: gn.Array, grads: gn.Arrays, ctx: gn.Context
    ) -> gn.Array | None:
        if not cache.dtype == dy.dtype == np.float32 or not mkl.is_usable_here():
            return super().backward(params, cache, dy, grads, ctx)
        from glassnet_accelerators.mkl_product import product

        rows, dy_rows = cache, _in_one_piece(dy).reshape(-1, dy.shape[-1])
        product(rows.T, dy_rows, out=grads["weights"])
        if "bias" in grads:
            product(_row_of_ones(len(dy_rows)), dy_rows, out=grads["bias"].reshape(1, -1))
        if not ctx.needs_input_grad:
            return None
        dx = ctx.buffer("dx", rows.shape)
        product(dy_rows, params["weights"].T, out=dx)
        return dx.reshape(*dy.shape[:-1], rows.shape[1])


def _in_one_piece(array: gn.Array) -> gn.Array:
    """Return the array itself where it is in one piece, and of its class: a profile has one that sees products."""
    return array if array.flags.c_contiguous else np.ascontiguousarray(array)


@lru_cache(maxsize=16)
def _row_of_ones(count: int) -> gn.Array:
    """Return ``1^T`` of ``db = 1^T dy``: that product takes a third to two thirds of the time of a sum."""
    return np.ones((1, count), np.float32)


class MklDense(gn.Accelerator):
    """dense, with the matrix products of Intel's MKL, on Intel's processors.

    There, those of a step of 784-512-512-10 with batch 128 take 0.58 to 0.82 of the time, those of 784-128-64-10 with
    batch 64 0.75 to 0.90.

    Intel (2026), Developer Reference for Intel oneAPI Math Kernel Library, cblas_?gemm.
    """

    replaces = "layer.glassnet.dense"
    requires = ("numba",)
    formula = "y = x W + b"

    def is_worthwhile(self, workload: gn.Workload) -> bool:
        # Loading MKL takes a fifth of a second, and Numba half a second. A billion multiplications take 5 to 13 ms
        # less.
        return workload.total_products >= 5e10

    @classmethod
    def unavailable_reason(cls) -> str | None:
        return super().unavailable_reason() or mkl.unavailable_reason()

    def replacement(self, component: gn.Layer) -> DenseByMkl:
        on_large_stack(_compile)
        return DenseByMkl(component)


def _compile() -> None:
    from glassnet_accelerators.mkl_product import check_once

    check_once()
