"""Flatten: each sample becomes one row."""

from __future__ import annotations

import math
from typing import Any

import glassnet as gn


class Flatten(gn.Layer):
    """Lays the values of each sample out in one row, the last axis fastest. Nothing is copied.

    Source: by definition.

    Shapes
    ------
    input
        ``(batch, …)``
    output
        ``(batch, features)``, where `features` is the product of the other lengths
    """

    batch_independent = True
    output_type = "inputs"
    formula = "y = x as (batch, features)"
    gradient_formula = "dx = dy in the shape of x"

    def output_shape(self, shape: gn.Shape) -> gn.Shape:
        return (math.prod(shape),)

    def forward(self, params: gn.Arrays, x: gn.Array, ctx: gn.Context) -> tuple[gn.Array, Any]:
        return x.reshape(len(x), math.prod(x.shape[1:])), x.shape

    def backward(self, params: gn.Arrays, cache: Any, dy: gn.Array, grads: gn.Arrays, ctx: gn.Context) -> gn.Array:
        return dy.reshape(cache)
