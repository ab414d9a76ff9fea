"""The replacement for dense in small networks, where calling NumPy takes longer than multiplying."""

from __future__ import annotations

from typing import Any

import numpy as np

import glassnet as gn
from glassnet_accelerators.dense_loops import dense_loops
from glassnet_accelerators.numpy_only.dense import DenseByBlocks
from glassnet_accelerators.plain_arrays import plain


class DenseByLoops(DenseByBlocks):
    """Does what a dense does, with one call forward and one backward, to rows of features of its parameters' type."""

    def forward(self, params: gn.Arrays, x: gn.Array, ctx: gn.Context) -> tuple[gn.Array, Any]:
        weights = plain(params["weights"])
        if x.ndim != 2 or x.dtype != weights.dtype:
            return super().forward(params, x, ctx)
        rows = plain(x)
        units = weights.shape[1]
        bias = plain(params["bias"]) if "bias" in params else np.zeros(units, rows.dtype)
        y = np.empty((len(rows), units), rows.dtype)
        dense_loops(rows.dtype.char).outputs(rows, weights, bias, y)
        return y, rows

    def backward(
        self, params: gn.Arrays, cache: Any, dy: gn.Array, grads: gn.Arrays, ctx: gn.Context
    ) -> gn.Array | None:
        rows: gn.Array = cache
        weights, dweights = plain(params["weights"]), np.asarray(grads["weights"])
        dbias = np.asarray(grads["bias"]) if "bias" in grads else np.empty(weights.shape[1], dy.dtype)
        are_plain = dweights.flags.carray and dbias.flags.carray
        if dy.ndim != 2 or not rows.dtype == dy.dtype == weights.dtype or not are_plain:
            return super().backward(params, rows, dy, grads, ctx)
        dx = np.empty((len(rows) if ctx.needs_input_grad else 0, rows.shape[1]), dy.dtype)
        dense_loops(dy.dtype.char).gradients(rows, weights, plain(dy), dweights, dbias, dx)
        return dx if ctx.needs_input_grad else None
