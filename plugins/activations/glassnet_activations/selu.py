"""Selu: an elu that keeps mean 0 and variance 1."""

from __future__ import annotations

import math

import numpy as np

import glassnet as gn

# Chosen so that a standard normal input has a standard normal's mean and variance as output; equation 14 of the paper.
ALPHA = 1.6732632423543772
SCALE = 1.0507009873554805


class Selu(gn.Activation):
    """A scaled elu whose outputs have mean 0 and variance 1 where its inputs have, so that deep networks need no norm.

    For that the weights in front of it need a variance of 1 / fan_in: that of `lecun_normal`.

    Klambauer, Unterthiner, Mayr and Hochreiter (2017), Self-Normalizing Neural Networks, NeurIPS,
    arXiv:1706.02515.

    Shapes
    ------
    input, output
        ``(batch, …)``
    """

    formula = "y = s x if x > 0 else s a (exp(x) - 1),  s = 1.0507009873554805, a = 1.6732632423543772"
    gradient_formula = "dx = dy * (s if x > 0 else y + s a)"
    output_range = (-SCALE * ALPHA, math.inf)
    initializer = "lecun_normal"
    kinks = (0.0,)
    checks = gn.Checks(counterpart="torch.nn.functional.selu")

    def forward(self, x: gn.Array) -> gn.Array:
        y: gn.Array = SCALE * np.maximum(x, 0) + SCALE * ALPHA * np.expm1(np.minimum(x, 0))
        return y

    def backward(self, dy: gn.Array, x: gn.Array, y: gn.Array) -> gn.Array:
        return np.where(x > 0, SCALE * dy, SCALE * dy * (y / SCALE + ALPHA))
