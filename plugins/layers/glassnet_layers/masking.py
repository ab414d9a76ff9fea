"""Masking: marks the padded steps of sequences of features."""

from __future__ import annotations

import numpy as np

import glassnet as gn


class Masking(gn.Layer):
    """Marks a time step as padding if all its features have one value. The features stay as they are.

    The mask of these steps goes with the batch through all layers that keep time steps; layers with the option `mask`
    skip them. Put it first: behind dropout or relu, real steps have such values by chance.

    Source: Keras, ``Masking``.

    Shapes
    ------
    input, output
        ``(batch, time, …)``

    Conventions
    -----------
    Keras also sets the features of padded steps to zero. As in Keras, this mask replaces one from before. PyTorch has
    no such layer; its packed sequences carry lengths.

    Raises
    ------
    ShapeError
        If a sample has no time steps with features.
    """

    mask_value: float = gn.option(0.0, help="value that all features of a padded step have")

    batch_independent = True
    examples = (("masking", (3, 4)), ("masking(-1)", (3, 2, 2)))
    formula = "y = x"
    gradient_formula = "dx = dy"

    def output_shape(self, shape: gn.Shape) -> gn.Shape:
        if len(shape) < 2:
            got = ", ".join(["batch", *map(str, shape)])
            raise gn.ShapeError(f"expected (batch, time, features), got ({got}); reshape makes steps of features")
        return shape

    def forward(self, params: gn.Arrays, x: gn.Array, ctx: gn.Context) -> tuple[gn.Array, None]:
        ctx.mask = np.any(x != self.mask_value, axis=tuple(range(2, x.ndim)))
        return x, None

    def backward(self, params: gn.Arrays, cache: None, dy: gn.Array, grads: gn.Arrays, ctx: gn.Context) -> gn.Array:
        return dy
