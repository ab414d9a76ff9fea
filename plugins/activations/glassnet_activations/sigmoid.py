"""Sigmoid: squashes values into 0..1."""

from __future__ import annotations

import numpy as np

import glassnet as gn


class Sigmoid(gn.Activation):
    """The logistic function, the inverse of the log-odds: a value becomes a probability.

    Goodfellow, Bengio and Courville (2016), Deep Learning, section 3.10.

    Shapes
    ------
    input, output
        ``(batch, …)``
    """

    formula = "y = 1 / (1 + exp(-x))"
    gradient_formula = "dx = dy * y * (1 - y)"
    output_range = (0.0, 1.0)
    initializer = "glorot_uniform"
    output_type = "probabilities"
    inverse_link = "logistic"
    checks = gn.Checks(counterpart="torch.sigmoid")

    def forward(self, x: gn.Array) -> gn.Array:
        # exp of a positive number could overflow. With e = exp(-|x|) <= 1, y is 1/(1+e) on the right of zero and
        # e/(1+e) on the left; the maximum picks the numerator.
        e = np.exp(-np.abs(x))
        y: gn.Array = np.maximum(e, x >= 0) / (1 + e)
        return y

    def backward(self, dy: gn.Array, x: gn.Array, y: gn.Array) -> gn.Array:
        dx: gn.Array = dy * y * (1 - y)
        return dx
