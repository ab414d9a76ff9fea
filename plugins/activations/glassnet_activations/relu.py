"""Relu: negative values become zero."""

from __future__ import annotations

import math

import numpy as np

import glassnet as gn


class Relu(gn.Activation):
    """The rectified linear unit. Its derivative at 0, where it has none, is taken to be 0.

    Nair and Hinton (2010), Rectified Linear Units Improve Restricted Boltzmann Machines, ICML.

    Shapes
    ------
    input, output
        ``(batch, …)``
    """

    formula = "y = max(x, 0)"
    gradient_formula = "dx = dy * (1 if x > 0 else 0)"
    output_range = (0.0, math.inf)
    kinks = (0.0,)
    # He, Zhang, Ren and Sun (2015) derived it for this function, and drew from a normal distribution.
    initializer = "he_normal"
    checks = gn.Checks(counterpart="torch.nn.functional.relu")

    def forward(self, x: gn.Array) -> gn.Array:
        return np.maximum(x, 0)

    def backward(self, dy: gn.Array, x: gn.Array, y: gn.Array) -> gn.Array:
        return dy * (x > 0)
