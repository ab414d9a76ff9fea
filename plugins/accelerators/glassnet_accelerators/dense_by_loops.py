"""The replacement for dense in small networks, where calling NumPy takes longer than multiplying."""

from __future__ import annotations

from typing import Any

import numpy as np

import glassnet as gn
from glassnet_accelerators.bound_layers import Bindable, BoundLayer
from glassnet_accelerators.dense_loops import dense_loops
from glassnet_accelerators.numpy_only.dense import DenseByBlocks
from glassnet_accelerators.plain_arrays import plain


class DenseByLoops(Bindable, DenseByBlocks):
    """Does what a dense does, with one call forward and one backward, to rows of features of its parameters' type."""

    def forward(self, params: gn.Arrays, x: gn.Array, ctx: gn.Context) -> tuple[gn.Array, Any]:
        weights = params["weights"]
        units = weights.shape[1]
        bias = params["bias"] if "bias" in params else np.zeros(units, weights.dtype)
        y = np.empty((len(x), units), x.dtype)
        outputs = dense_loops(weights.dtype.char).outputs
        if outputs(x, weights, bias, y) == 0:  # most arrays are as it takes them
            return y, x
        rows = plain(x)
        if outputs(rows, plain(weights), plain(bias), y) == 0:
            return y, rows
        return super().forward(params, x, ctx)

    def backward(
        self, params: gn.Arrays, cache: Any, dy: gn.Array, grads: gn.Arrays, ctx: gn.Context
    ) -> gn.Array | None:
        rows, weights, dweights = cache, params["weights"], grads["weights"]
        dbias = grads["bias"] if "bias" in grads else np.empty(weights.shape[1], weights.dtype)
        dx = np.empty((len(rows) if ctx.needs_input_grad else 0, rows.shape[1]), dy.dtype)
        gradients = dense_loops(weights.dtype.char).gradients
        if gradients(rows, weights, dy, dweights, dbias, dx) == 0:
            return dx if ctx.needs_input_grad else None
        plain_results = np.asarray(dweights), np.asarray(dbias)
        if gradients(rows, plain(weights), plain(dy), *plain_results, dx) == 0:
            return dx if ctx.needs_input_grad else None
        return super().backward(params, rows, dy, grads, ctx)

    def bound(self, params: gn.Arrays, grads: gn.Arrays, samples: int, *, needs_input_grad: bool) -> BoundLayer:
        weights, dweights = params["weights"], grads["weights"]
        inputs, units = weights.shape
        bias = params["bias"] if "bias" in params else np.zeros(units, weights.dtype)
        dbias = grads["bias"] if "bias" in grads else np.empty(units, weights.dtype)
        y = np.empty((samples, units), weights.dtype)
        dx = np.empty((samples if needs_input_grad else 0, inputs), weights.dtype)
        outputs, gradients = dense_loops(weights.dtype.char)

        def forward(x: gn.Array) -> tuple[gn.Array, Any] | None:
            return (y, x) if outputs(x, weights, bias, y) == 0 else None

        def backward(x: gn.Array, dy: gn.Array) -> gn.Array | None:
            return dx if gradients(x, weights, dy, dweights, dbias, dx) == 0 else None

        return BoundLayer(forward, backward)
