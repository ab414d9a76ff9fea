"""Gelu: a value times the probability that a normal variable is below it."""

from __future__ import annotations

import math

import glassnet as gn
from glassnet_activations.normal_distribution import normal_cdf, normal_density
from glassnet_activations.sigmoid import Sigmoid

_sigmoid = Sigmoid().forward


class Gelu(gn.Activation):
    """The Gaussian error linear unit, exact or by the authors' approximation with tanh.

    Hendrycks and Gimpel (2016), Gaussian Error Linear Units (GELUs), arXiv:1606.08415.

    The approximation is at most 0.0005 off and takes half the time. It is computed as ``x s(2 u)``, which is the same
    as ``x/2 (1 + tanh u)`` and loses no digits where tanh comes near to -1.

    Shapes
    ------
    input, output
        ``(batch, …)``
    """

    approximate: str = gn.option("none", choices=("none", "tanh"), help="exact, or by a formula with tanh")

    formula = (
        "y = x F(x),  F(x) = (1 + erf(x / sqrt 2)) / 2, the standard normal distribution function;  "
        "with tanh: y = x/2 (1 + tanh u) = x s(2 u),  u = sqrt(2 / pi) (x + 0.044715 x^3),  s(a) = 1 / (1 + exp(-a))"
    )
    gradient_formula = (
        "dx = dy * (F(x) + x f(x)),  f(x) = exp(-x^2 / 2) / sqrt(2 pi);  "
        "with tanh: dx = dy * (s + 2 y (1 - s) du/dx),  du/dx = sqrt(2 / pi) (1 + 0.134145 x^2)"
    )
    output_range = (-0.1701, math.inf)
    initializer = "he_normal"
    examples = ("gelu", "gelu(approximate='tanh')")
    checks = gn.Checks(counterpart="torch.nn.functional.gelu(approximate=approximate)")

    def forward(self, x: gn.Array) -> gn.Array:
        share = normal_cdf(x) if self.approximate == "none" else _sigmoid(2 * _u(x))
        y: gn.Array = x * share
        return y

    def backward(self, dy: gn.Array, x: gn.Array, y: gn.Array) -> gn.Array:
        if self.approximate == "none":
            dx: gn.Array = dy * (normal_cdf(x) + x * normal_density(x))
        else:
            s, du = _sigmoid(2 * _u(x)), math.sqrt(2 / math.pi) * (1 + 3 * 0.044715 * x * x)
            dx = dy * (s + 2 * y * (1 - s) * du)
        return dx


def _u(x: gn.Array) -> gn.Array:
    u: gn.Array = math.sqrt(2 / math.pi) * (x + 0.044715 * x * x * x)
    return u
