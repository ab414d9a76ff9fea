"""Softplus: a smooth relu."""

from __future__ import annotations

import math

import numpy as np

import glassnet as gn
from glassnet_activations.sigmoid import Sigmoid

_sigmoid = Sigmoid().forward


class Softplus(gn.Activation):
    """A smooth and always positive version of relu, whose derivative is the sigmoid.

    Dugas, Bengio, Bélisle, Nadeau and Garcia (2001), Incorporating Second-Order Functional Knowledge for Better
    Option Pricing, NeurIPS.

    Shapes
    ------
    input, output
        ``(batch, …)``

    Conventions
    -----------
    PyTorch replaces it by the identity where beta x > 20; here it is itself everywhere.
    """

    beta: float = gn.option(1.0, gt=0, help="steepness: the larger, the nearer to relu")

    formula = "y = log(1 + exp(beta x)) / beta"
    gradient_formula = "dx = dy / (1 + exp(-beta x))"
    output_range = (0.0, math.inf)
    initializer = "he_normal"
    examples = ("softplus", "softplus(beta=3)")
    checks = gn.Checks(counterpart="torch.nn.functional.softplus(beta=beta)")

    def forward(self, x: gn.Array) -> gn.Array:
        # log(1 + e^u) = max(u, 0) + log(1 + e^-|u|): no exponential is taken of a positive number.
        y: gn.Array = np.maximum(x, 0) + np.log1p(np.exp(-self.beta * np.abs(x))) / self.beta
        return y

    def backward(self, dy: gn.Array, x: gn.Array, y: gn.Array) -> gn.Array:
        dx: gn.Array = dy * _sigmoid(self.beta * x)
        return dx
