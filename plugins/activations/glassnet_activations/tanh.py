"""Tanh: squashes values into -1..1."""

from __future__ import annotations

import numpy as np

import glassnet as gn


class Tanh(gn.Activation):
    """The hyperbolic tangent, a sigmoid that is symmetric about zero.

    LeCun, Bottou, Orr and Müller (1998), Efficient BackProp, section 4.4.

    Shapes
    ------
    input, output
        ``(batch, …)``
    """

    formula = "y = tanh(x)"
    gradient_formula = "dx = dy * (1 - y^2)"
    output_range = (-1.0, 1.0)
    initializer = "glorot_uniform"
    checks = gn.Checks(counterpart="torch.tanh")

    def forward(self, x: gn.Array) -> gn.Array:
        return np.tanh(x)

    def backward(self, dy: gn.Array, x: gn.Array, y: gn.Array) -> gn.Array:
        dx: gn.Array = dy * (1 - y * y)
        return dx
