"""The replacement for dense in small networks, where calling NumPy takes longer than multiplying."""

from __future__ import annotations

from typing import Any

import numpy as np

import glassnet as gn
from glassnet_accelerators.dense_kernel import gradients, outputs
from glassnet_accelerators.numpy_only.dense import DenseByBlocks
from glassnet_accelerators.plain_arrays import plain


class SmallDense(DenseByBlocks):
    """Does what a dense does, with one call forward and one backward, to rows of features of its parameters' type."""

    def forward(self, params: gn.Arrays, x: gn.Array, ctx: gn.Context) -> tuple[gn.Array, Any]:
        weights = np.asarray(params["weights"])
        if x.ndim != 2 or x.dtype != weights.dtype:
            return super().forward(params, x, ctx)
        rows = plain(x)
        y = np.empty((len(rows), weights.shape[1]), rows.dtype)
        outputs(rows, weights, _bias(params, rows.dtype), y)
        return y, rows

    def backward(
        self, params: gn.Arrays, cache: Any, dy: gn.Array, grads: gn.Arrays, ctx: gn.Context
    ) -> gn.Array | None:
        rows: gn.Array = cache
        weights = np.asarray(params["weights"])
        if dy.ndim != 2 or not rows.dtype == dy.dtype == weights.dtype:
            return super().backward(params, rows, dy, grads, ctx)
        dx = np.empty((len(rows) if ctx.needs_input_grad else 0, rows.shape[1]), dy.dtype)
        dbias = _bias(grads, dy.dtype)
        gradients(rows, weights, plain(dy), np.asarray(grads["weights"]), dbias, dx)
        return dx if ctx.needs_input_grad else None


def _bias(arrays: gn.Arrays, dtype: Any) -> gn.Array:
    """Return the bias among parameters or gradients, or one without numbers."""
    return np.asarray(arrays["bias"]) if "bias" in arrays else np.empty(0, dtype)
