"""Reshape: the values of each sample in another shape."""

from __future__ import annotations

import math
from typing import Any

import glassnet as gn


class Reshape(gn.Layer):
    """Gives each sample another shape, the last axis fastest. Nothing is added, dropped or copied.

    Source: by definition.

    Shapes
    ------
    input
        ``(batch, …)``
    output
        ``(batch, *shape)``; one length of `shape` may be -1, which stands for the remaining elements

    Raises
    ------
    ShapeError
        When the shape wanted holds another number of values.
    """

    shape: tuple[int, ...] = gn.option(ge=-1, help="shape of one sample; a length of -1 is worked out")

    batch_independent = True
    output_type = "inputs"
    examples = (("reshape([2, -1])", (4,)), ("reshape([3])", (3, 1)))
    formula = "y = x as (batch, *shape)"
    gradient_formula = "dx = dy in the shape of x"

    def output_shape(self, shape: gn.Shape) -> gn.Shape:
        values, known = math.prod(shape), math.prod(length for length in self.shape if length != -1)
        left_open = self.shape.count(-1)
        fits = known == values if left_open == 0 else left_open == 1 and known > 0 and values % known == 0
        if not fits:
            raise gn.ShapeError(
                f"expected samples whose values fill {self.shape}, got {values} values in {tuple(shape)}; "
                "change the lengths, of which one may be -1"
            )
        return tuple(values // known if length == -1 else length for length in self.shape)

    def forward(self, params: gn.Arrays, x: gn.Array, ctx: gn.Context) -> tuple[gn.Array, Any]:
        return x.reshape(len(x), *self.output_shape(x.shape[1:])), x.shape

    def backward(self, params: gn.Arrays, cache: Any, dy: gn.Array, grads: gn.Arrays, ctx: gn.Context) -> gn.Array:
        return dy.reshape(cache)
