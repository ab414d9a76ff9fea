"""Masking: marks the padded steps of sequences of features."""

from __future__ import annotations

from typing import Any

import numpy as np

import glassnet as gn


class Masking(gn.Layer):
    """Marks a time step as padding if all its features have one value, and sets it to zero.

    The mask of these steps goes with the batch through all layers that keep time steps; layers with the option `mask`
    skip them. Put it first: behind dropout or relu, real steps have such values by chance.

    Source: Keras, ``Masking``.

    Shapes
    ------
    input, output
        ``(batch, time, …)``

    Conventions
    -----------
    As in Keras, this mask replaces one from before. PyTorch has no such layer; its packed sequences carry lengths.

    Raises
    ------
    ShapeError
        If a sample has no time steps with features.
    """

    mask_value: float = gn.option(0.0, help="value that all features of a padded step have")

    keeps_samples_apart = True
    examples = (("masking", (3, 4)), ("masking(-1)", (3, 2, 2)))
    formula = "y = x,  0 at the steps where all features are mask_value"
    gradient = "dx = dy,  0 at these steps"

    @property
    def kinks(self) -> tuple[float, ...]:  # type: ignore[override]  # of a class that has them for all its instances
        # Where the last feature of a step takes the value, the output jumps.
        return (self.mask_value,)

    def output_shape(self, shape: gn.Shape) -> gn.Shape:
        if len(shape) < 2:
            got = ", ".join(["batch", *map(str, shape)])
            raise gn.ShapeError(f"expected (batch, time, features), got ({got}); reshape makes steps of features")
        return shape

    def forward(self, params: gn.Arrays, x: gn.Array, ctx: gn.Context) -> tuple[gn.Array, Any]:
        real = (x != self.mask_value).any(axis=tuple(range(2, x.ndim)))
        ctx.mask = real
        by_step = real.reshape(*real.shape, *[1] * (x.ndim - 2))
        return np.multiply(x, by_step, out=ctx.empty("y", x.shape)), by_step

    def backward(self, params: gn.Arrays, cache: Any, dy: gn.Array, grads: gn.Arrays, ctx: gn.Context) -> gn.Array:
        by_step: gn.Array = cache
        return np.multiply(dy, by_step, out=ctx.empty("dx", dy.shape))
