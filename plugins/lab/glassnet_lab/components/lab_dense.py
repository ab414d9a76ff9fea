"""A dense layer for exercises."""

from __future__ import annotations

from typing import Any

import numpy as np

import glassnet as gn
from glassnet_layers.dense import Dense

_KEPT: dict[int, gn.Array] = {}


class LabDense(Dense):
    """A dense layer of the bug laboratory. Variant 0 is dense; each other one has a fault.

    Rumelhart, Hinton and Williams (1986), Learning representations by back-propagating errors, Nature 323.
    """

    variant: int = gn.option(0, ge=0, le=3, kw_only=True, help="the exercise that the layer belongs to")

    def forward(self, params: gn.Arrays, x: gn.Array, ctx: gn.Context) -> tuple[gn.Array, Any]:
        y, cache = super().forward(params, x, ctx)
        if self.variant == 3:  # one cache for all layers with this number of inputs
            _KEPT[x.shape[-1]] = np.array(cache)
        return y, cache

    def backward(self, params: gn.Arrays, cache: Any, dy: gn.Array, grads: gn.Arrays, ctx: gn.Context) -> gn.Array:
        before = {name: np.array(values) for name, values in grads.items()}
        dx = super().backward(params, _KEPT[cache.shape[-1]] if self.variant == 3 else cache, dy, grads, ctx)
        if self.variant == 1:
            grads["bias"][...] = 0
        if self.variant == 2:
            for name, values in before.items():
                grads[name] += values
        return dx
