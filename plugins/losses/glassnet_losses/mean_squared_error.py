"""Mean squared error: the loss of regression."""

from __future__ import annotations

import numpy as np

import glassnet as gn
from glassnet_losses.samples import by_sample


class MeanSquaredError(gn.Loss):
    """The mean of the squared differences, over samples and outputs.

    Bishop (2006), Pattern Recognition and Machine Learning, section 5.2. There is no factor 1/2 in it.

    Shapes
    ------
    y_pred, y_true
        ``(batch, …)``, the same for both; targets of a network with one output may be ``(batch,)``

    Raises
    ------
    ShapeError
        When the targets have not the shape of the network's output.
    """

    formula = "L = sum (p - t)^2 / n,  n = number of all elements"
    gradient_formula = "dp = 2 (p - t) / n"
    checks = gn.Checks(counterpart="torch.nn.functional.mse_loss")

    def per_sample(self, y_pred: gn.Array, y_true: gn.Array) -> gn.Array:
        return by_sample(np.square(y_pred - y_true), len(y_pred))

    def backward(self, y_pred: gn.Array, y_true: gn.Array) -> gn.Array:
        error = y_pred - y_true
        error *= 2 / error.size
        return error
