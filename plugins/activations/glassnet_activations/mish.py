"""Mish: a smooth relu with a dip, tanh of softplus as its gate."""

from __future__ import annotations

import math

import numpy as np

import glassnet as gn

# For larger x the gate is 1 to the last digit, in float64 too; the square of exp(40) is a float32.
_LARGEST = 40


class Mish(gn.Activation):
    """A value times tanh(softplus(value)).

    Misra (2020), Mish: A Self Regularized Non-Monotonic Activation Function, BMVC, arXiv:1908.08681.

    With ``e = exp(x)``, tanh(log(1 + e)) is ``w / (w + 2)`` where ``w = e (e + 2)``: one exponential and nothing
    that cancels.

    Shapes
    ------
    input, output
        ``(batch, …)``
    """

    formula = "y = x t,  t = tanh(log(1 + e)) = w / (w + 2),  e = exp(x),  w = e (e + 2)"
    gradient_formula = "dx = dy * (t + x dt),  dt = 4 e (e + 1) / (w + 2)^2"
    output_range = (-0.3089, math.inf)
    initializer = "he_normal"
    checks = gn.Checks(counterpart="torch.nn.functional.mish")

    def forward(self, x: gn.Array) -> gn.Array:
        e = np.exp(np.minimum(x, _LARGEST))
        w = e * (e + 2)
        y: gn.Array = x * (w / (w + 2))
        return y

    def backward(self, dy: gn.Array, x: gn.Array, y: gn.Array) -> gn.Array:
        e = np.exp(np.minimum(x, _LARGEST))
        w = e * (e + 2)
        # Divided one after the other, because the square of w + 2 may be more than a float32 holds.
        dt = 4 * (e / (w + 2)) * ((e + 1) / (w + 2))
        dx: gn.Array = dy * (w / (w + 2) + x * dt)
        return dx
