"""What replaces dense where its products are large: threads share them."""

from __future__ import annotations

from typing import Any

import glassnet as gn
from glassnet_accelerators.numpy_only.dense import DenseByBlocks
from glassnet_accelerators.product_team import LEAST_FOR_A_THREAD, shared

# Products of no more multiplications the layer computes by a few rows at a time, to other bytes than the whole.
_BY_ROWS = 8_000_000


class DenseByTeam(DenseByBlocks):
    """Does what a dense does, to the same bytes. The layer computes what threads do not share."""

    def forward(self, params: gn.Arrays, x: gn.Array, ctx: gn.Context) -> tuple[gn.Array, Any]:
        weights = params["weights"]
        units = weights.shape[1]
        if x.size * units <= _BY_ROWS:
            return super().forward(params, x, ctx)
        rows = x.reshape(-1, x.shape[-1])
        y = ctx.buffer("y", (len(rows), units))
        if not shared((rows, weights, y)):
            return super().forward(params, x, ctx)
        if "bias" in params:
            y += params["bias"]
        return y.reshape(*x.shape[:-1], units), rows

    def backward(
        self, params: gn.Arrays, cache: Any, dy: gn.Array, grads: gn.Arrays, ctx: gn.Context
    ) -> gn.Array | None:
        rows, units = cache, dy.shape[-1]
        if rows.size * units < LEAST_FOR_A_THREAD:
            return super().backward(params, cache, dy, grads, ctx)
        dy_rows = dy.reshape(-1, units)
        dx = ctx.buffer("dx", rows.shape) if ctx.needs_input_grad else None
        products = [(rows.T, dy_rows, grads["weights"])]
        if dx is not None:  # computed by the caller's thread, which goes on with it
            products.insert(0, (dy_rows, params["weights"].T, dx))
        if not shared(*products):
            return super().backward(params, cache, dy, grads, ctx)
        if "bias" in grads:
            dy_rows.sum(axis=0, out=grads["bias"])
        return None if dx is None else dx.reshape(*dy.shape[:-1], rows.shape[1])
