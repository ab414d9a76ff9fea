"""Elu: negative values bend towards a limit."""

from __future__ import annotations

import math

import numpy as np

import glassnet as gn


class Elu(gn.Activation):
    """The exponential linear unit: the identity on the right of zero, an exponential that falls to -alpha on the left.

    Clevert, Unterthiner and Hochreiter (2016), Fast and Accurate Deep Network Learning by Exponential Linear Units
    (ELUs), ICLR, arXiv:1511.07289. Its derivative at 0 is taken to be alpha; with alpha 1 there is no kink.

    Shapes
    ------
    input, output
        ``(batch, …)``
    """

    alpha: float = gn.option(1.0, gt=0, help="how far below zero the outputs can come")

    formula = "y = x if x > 0 else alpha (exp(x) - 1)"
    gradient_formula = "dx = dy * (1 if x > 0 else y + alpha)"
    initializer = "he_normal"
    kinks = (0.0,)
    examples = ("elu", "elu(alpha=0.5)")
    checks = gn.Checks(counterpart="torch.nn.functional.elu(alpha=alpha)")

    @property
    def output_range(self) -> tuple[float, float]:
        return -self.alpha, math.inf

    def forward(self, x: gn.Array) -> gn.Array:
        # On each side of zero, one of the two terms is zero; no exponential is taken of a positive number.
        y: gn.Array = np.maximum(x, 0) + self.alpha * np.expm1(np.minimum(x, 0))
        return y

    def backward(self, dy: gn.Array, x: gn.Array, y: gn.Array) -> gn.Array:
        return np.where(x > 0, dy, dy * (y + self.alpha))
