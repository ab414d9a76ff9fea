"""Leaky relu: negative values become small."""

from __future__ import annotations

import math

import numpy as np

import glassnet as gn


class LeakyRelu(gn.Activation):
    """A rectifier that lets some of a negative value through, so that no unit is ever without a gradient.

    Its derivative at 0, where it has none, is taken to be the negative slope.

    Maas, Hannun and Ng (2013), Rectifier Nonlinearities Improve Neural Network Acoustic Models, ICML.

    Shapes
    ------
    input, output
        ``(batch, …)``

    Conventions
    -----------
    The slope is 0.01 by default, as in the paper and in PyTorch; in Keras it is 0.3.
    """

    negative_slope: float = gn.option(0.01, ge=0, le=1, help="slope on the left of zero")

    formula = "y = x if x > 0 else a x,  a = negative_slope"
    gradient_formula = "dx = dy * (1 if x > 0 else a)"
    initializer = "he_normal"
    kinks = (0.0,)
    examples = ("leaky_relu", "leaky_relu(negative_slope=0.5)", "leaky_relu(negative_slope=0)")
    checks = gn.Checks(counterpart="torch.nn.functional.leaky_relu(negative_slope=negative_slope)")

    @property
    def output_range(self) -> tuple[float, float]:
        return 0.0 if self.negative_slope == 0 else -math.inf, math.inf

    def forward(self, x: gn.Array) -> gn.Array:
        return np.where(x > 0, x, self.negative_slope * x)

    def backward(self, dy: gn.Array, x: gn.Array, y: gn.Array) -> gn.Array:
        return np.where(x > 0, dy, self.negative_slope * dy)
