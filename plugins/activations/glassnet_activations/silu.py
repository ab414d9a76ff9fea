"""Silu: a value times its own sigmoid."""

from __future__ import annotations

import math

import glassnet as gn
from glassnet_activations.sigmoid import Sigmoid

_sigmoid = Sigmoid().forward


class Silu(gn.Activation):
    """The sigmoid linear unit, a smooth relu that dips below zero; also known as swish with beta 1.

    Elfwing, Uchibe and Doya (2018), Sigmoid-Weighted Linear Units for Neural Network Function Approximation in
    Reinforcement Learning, Neural Networks 107, arXiv:1702.03118.

    Shapes
    ------
    input, output
        ``(batch, …)``
    """

    formula = "y = x s,  s = 1 / (1 + exp(-x))"
    gradient_formula = "dx = dy * (s + y (1 - s))"
    output_range = (-0.2785, math.inf)
    initializer = "he_normal"
    checks = gn.Checks(counterpart="torch.nn.functional.silu")

    def forward(self, x: gn.Array) -> gn.Array:
        y: gn.Array = x * _sigmoid(x)
        return y

    def backward(self, dy: gn.Array, x: gn.Array, y: gn.Array) -> gn.Array:
        s = _sigmoid(x)
        dx: gn.Array = dy * (s + y * (1 - s))
        return dx
