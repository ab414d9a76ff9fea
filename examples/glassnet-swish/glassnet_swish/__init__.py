"""The activation swish for glassnet: a complete third-party plugin."""

from __future__ import annotations

import numpy as np

import glassnet as gn


class Swish(gn.Activation):
    """x * sigmoid(beta * x). Ramachandran, Zoph and Le (2017), arXiv:1710.05941."""

    beta: float = gn.option(1.0, gt=0, help="steepness of the gate")

    formula = "y = x s,  s = 1 / (1 + exp(-beta x))"
    gradient_formula = "dx = dy (s + beta x s (1 - s))"
    initializer = "he_normal"

    def forward(self, x: gn.Array) -> gn.Array:
        return x * self._gate(x)

    def backward(self, dy: gn.Array, x: gn.Array, y: gn.Array) -> gn.Array:
        s = self._gate(x)
        return dy * (s + self.beta * x * s * (1 - s))

    def _gate(self, x: gn.Array) -> gn.Array:
        # 1 / (1 + exp(-z)), and for negative z the same fraction times exp(z): the exponential never grows.
        z = self.beta * x
        small = np.exp(-np.abs(z))
        return np.where(z >= 0, 1, small) / (1 + small)
