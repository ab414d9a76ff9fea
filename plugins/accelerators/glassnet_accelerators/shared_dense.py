"""dense with products that threads share in compiled code."""

from __future__ import annotations

import math
from typing import Any

import glassnet as gn
from glassnet.layer_stand_in import LayerStandIn
from glassnet_accelerators import numpy_blas

# A layer computes outputs of no more multiplications than this by a few rows at a time, to other bytes.
_BY_ROWS = 8_000_000


class SharedDense(LayerStandIn):
    """Does what a dense does. What the threads do not share, the layer computes."""

    def forward(self, params: gn.Arrays, x: gn.Array, ctx: gn.Context) -> tuple[gn.Array, Any]:
        from glassnet_accelerators.product_team import shared

        rows, weights = x.reshape(-1, x.shape[-1]), params["weights"]
        if rows.size * weights.shape[1] <= _BY_ROWS:
            return self.layer.forward(params, x, ctx)
        y = ctx.empty("y", (len(rows), weights.shape[1]))
        if not shared((rows, weights, y)):
            return self.layer.forward(params, x, ctx)
        if "bias" in params:
            y += params["bias"]
        return y.reshape(*x.shape[:-1], weights.shape[1]), rows

    def backward(
        self, params: gn.Arrays, cache: Any, dy: gn.Array, grads: gn.Arrays, ctx: gn.Context
    ) -> gn.Array | None:
        from glassnet_accelerators.product_team import shared

        rows, dy_rows = cache, dy.reshape(-1, dy.shape[-1])
        products = [(rows.T, dy_rows, grads["weights"])]
        if ctx.needs_input_grad:
            dx = ctx.empty("dx", rows.shape)
            # First, since the caller goes on with it.
            products.insert(0, (dy_rows, params["weights"].T, dx))
        if not shared(*products):
            return self.layer.backward(params, cache, dy, grads, ctx)
        if "bias" in grads:
            dy_rows.sum(axis=0, out=grads["bias"])
        return dx.reshape(*dy.shape[:-1], rows.shape[1]) if ctx.needs_input_grad else None


class NumbaSharedDense(gn.Accelerator):
    """dense, with large products shared between threads that compiled code wakes, to the same bytes.

    Rumelhart, Hinton and Williams (1986), Learning representations by back-propagating errors, Nature 323.
    """

    of_kind = "layer"
    speeds_up = "glassnet:dense"
    needs = ("numba",)
    same_bytes = True
    # Numba takes half a second to be imported, and a hundred billion multiplications take so much less time.
    least_numbers = math.inf
    least_products = 1e11
    formula = "y = x W + b"

    @classmethod
    def why_not(cls) -> str | None:
        return super().why_not() or numpy_blas.why_not()

    def stand_in(self, component: gn.Layer) -> gn.Layer:
        import glassnet_accelerators.product_team  # noqa: F401  # compiles, or says that it cannot

        return SharedDense(component)
