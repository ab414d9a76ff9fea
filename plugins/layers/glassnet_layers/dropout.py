"""Dropout: hides values at random while training."""

from __future__ import annotations

from typing import Any

import numpy as np

import glassnet as gn


class Dropout(gn.Layer):
    """Sets a random part of the values to zero while training, and enlarges the others to make up for it.

    This is the inverted form: because the values kept are divided by ``1 - rate``, the expectation of the
    output is the input, and outside training nothing has to be done. Each training step draws a mask of its
    own, which the derivative uses too.

    Srivastava, Hinton, Krizhevsky, Sutskever and Salakhutdinov (2014), Dropout: A Simple Way to Prevent
    Neural Networks from Overfitting, Journal of Machine Learning Research 15.

    Shapes
    ------
    input, output
        ``(batch, …)``
    """

    rate: float = gn.option(0.5, ge=0, lt=1, help="part of the values that is hidden")

    batch_independent = True
    formula = "y = x * m / (1 - rate),  m = 0 with probability rate, else 1;  y = x outside training"
    gradient_formula = "dx = dy * m / (1 - rate)"

    def forward(self, params: gn.Arrays, x: gn.Array, ctx: gn.Context) -> tuple[gn.Array, Any]:
        if not ctx.training or self.rate == 0:
            return x, None
        # Drawn in float32 for every type of network, so that the mask is the same in both types.
        kept = ctx.rng.random(x.shape, np.float32) >= self.rate
        mask = kept * x.dtype.type(1 / (1 - self.rate))
        return x * mask, mask

    def backward(self, params: gn.Arrays, cache: Any, dy: gn.Array, grads: gn.Arrays, ctx: gn.Context) -> gn.Array:
        mask = cache
        return dy if mask is None else dy * mask
