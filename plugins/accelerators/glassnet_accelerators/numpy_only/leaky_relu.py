"""leaky_relu without a choice between two arrays."""

from __future__ import annotations

import numpy as np

import glassnet as gn
from glassnet_activations.leaky_relu import LeakyRelu


class LeakyReluByMaximum(LeakyRelu):
    """Does what a leaky_relu does."""

    def forward(self, x: gn.Array) -> gn.Array:
        # Of x and a smaller multiple of it, the larger one is x on the right of zero and the multiple on the left.
        return np.maximum(x, self.negative_slope * x)

    def backward(self, dy: gn.Array, x: gn.Array, y: gn.Array) -> gn.Array:
        # Of 1 and the slope on the right of zero, of 0 and the slope on the left, the larger one.
        dx: gn.Array = dy * np.maximum(x > 0, x.dtype.type(self.negative_slope))
        return dx


class NumpyLeakyRelu(gn.Accelerator):
    """leaky_relu as the larger of two arrays: NumPy chooses slowly between two arrays by a third one.

    Forward and backward of (32, 10) take 0.80 of the formula's time, of (128, 128) 0.58, of (128, 512) 0.10.

    Maas, Hannun and Ng (2013), Rectifier Nonlinearities Improve Neural Network Acoustic Models, ICML.
    """

    replaces = "activation.glassnet.leaky_relu"
    bit_identical = True
    always = True
    formula = "y = max(x, a x),  dx = dy max(x > 0, a)"

    def replacement(self, component: gn.Activation) -> gn.Activation:
        # Infinity times 0 would be NaN, which is larger than all.
        return LeakyReluByMaximum(**component.options) if component.options["negative_slope"] else component
