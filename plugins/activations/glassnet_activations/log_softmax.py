"""Log-softmax: the logarithms of the probabilities of classes."""

from __future__ import annotations

import math

import numpy as np

import glassnet as gn


class LogSoftmax(gn.Activation):
    """The logarithm of softmax along the last axis, exact also where a probability is too small to be held.

    The softmax of its outputs is that of its inputs. So a loss of classes that takes logits takes them:
    behind it, ``categorical_crossentropy(from_logits=True)`` is the negative log-likelihood, and
    ``kl_divergence(from_logits=True)`` the divergence of log-probabilities. A loss that expects probabilities is not
    what belongs behind it, and the network warns of that. What a network needs for training alone is softmax:
    the cross-entropy takes softmax's input by the same formula.

    Bridle (1990), Probabilistic Interpretation of Feedforward Classification Network Outputs, with
    Relationships to Statistical Pattern Recognition.

    Shapes
    ------
    input, output
        ``(batch, …, classes)``
    """

    formula = "y_i = x_i - log sum_k exp(x_k)"
    gradient_formula = "dx_i = dy_i - exp(y_i) sum_k dy_k"
    gives_log_probabilities = True
    output_range = (-math.inf, 0.0)
    initializer = "glorot_uniform"
    checks = gn.Checks(counterpart="torch.nn.functional.log_softmax(dim=-1)")

    def forward(self, x: gn.Array) -> gn.Array:
        # With the largest value taken off, no exponential overflows and their sum is at least 1.
        x = x - x.max(axis=-1, keepdims=True)
        y: gn.Array = x - np.log(np.exp(x).sum(axis=-1, keepdims=True))
        return y

    def backward(self, dy: gn.Array, x: gn.Array, y: gn.Array) -> gn.Array:
        dx: gn.Array = dy - np.exp(y) * dy.sum(axis=-1, keepdims=True)
        return dx
