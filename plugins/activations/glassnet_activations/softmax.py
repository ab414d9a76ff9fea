"""Softmax: turns each row of values into a distribution."""

from __future__ import annotations

import numpy as np

import glassnet as gn


class Softmax(gn.Activation):
    """Positive numbers that sum to 1 along the last axis: the probabilities of classes.

    Each output depends on all inputs of its row, so the derivative is a whole matrix a row, the Jacobian
    ``diag(y) - y y^T``; `backward` applies it without forming it.

    Bridle (1990), Probabilistic Interpretation of Feedforward Classification Network Outputs, with
    Relationships to Statistical Pattern Recognition. Goodfellow, Bengio and Courville (2016), Deep Learning,
    section 6.2.2.3.

    Shapes
    ------
    input, output
        ``(batch, …, classes)``
    """

    formula = "y_i = exp(x_i) / sum_k exp(x_k)"
    gradient_formula = "dx_i = y_i * (dy_i - sum_k dy_k y_k)"
    output_range = (0.0, 1.0)
    initializer = "glorot_uniform"
    output_type = "distribution"
    inverse_link = "softmax"
    checks = gn.Checks(counterpart="torch.nn.functional.softmax(dim=-1)")

    def forward(self, x: gn.Array) -> gn.Array:
        # Taking the largest value off changes nothing but the size of the exponentials, which cannot overflow now.
        e = np.exp(x - x.max(axis=-1, keepdims=True))
        y: gn.Array = e / e.sum(axis=-1, keepdims=True)
        return y

    def backward(self, dy: gn.Array, x: gn.Array, y: gn.Array) -> gn.Array:
        dx: gn.Array = y * (dy - np.sum(dy * y, axis=-1, keepdims=True))
        return dx
