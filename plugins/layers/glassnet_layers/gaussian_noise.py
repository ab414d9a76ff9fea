"""Gaussian noise: makes training harder, so that what is learnt holds nearby too."""

from __future__ import annotations

from typing import Any

import numpy as np

import glassnet as gn


class GaussianNoise(gn.Layer):
    """Adds normally distributed noise while training; outside training nothing is changed.

    Each training step draws noise of its own. It does not depend on the input, so the derivative passes it by.

    Bishop (1995), Training with Noise is Equivalent to Tikhonov Regularization, Neural Computation 7(1).

    Shapes
    ------
    input, output
        ``(batch, …)``
    """

    stddev: float = gn.option(0.1, ge=0, help="standard deviation of the noise, in units of the input")

    batch_independent = True
    formula = "y = x + e,  e normal with mean 0 and standard deviation stddev;  y = x outside training"
    gradient_formula = "dx = dy"

    def forward(self, params: gn.Arrays, x: gn.Array, ctx: gn.Context) -> tuple[gn.Array, Any]:
        if not ctx.training or self.stddev == 0:
            return x, None
        # Drawn in float32 for every type of network, so that the noise is the same in both types.
        noise = ctx.rng.standard_normal(x.shape, np.float32)
        return x + self.stddev * noise, None

    def backward(self, params: gn.Arrays, cache: Any, dy: gn.Array, grads: gn.Arrays, ctx: gn.Context) -> gn.Array:
        return dy
