"""Mean absolute error: the loss of regression that outliers do not dominate."""

from __future__ import annotations

import numpy as np

import glassnet as gn
from glassnet_losses.samples import by_sample


class MeanAbsoluteError(gn.Loss):
    """The mean of the absolute differences, over samples and outputs. What minimises it is the median.

    The derivative where a prediction is exactly right, where it has none, is taken to be 0.

    Hastie, Tibshirani and Friedman (2009), The Elements of Statistical Learning, section 10.6.

    Shapes
    ------
    y_pred, y_true
        ``(batch, …)``, the same for both; targets of a network with one output may be ``(batch,)``

    Raises
    ------
    ShapeError
        When the targets have not the shape of the network's output.
    """

    formula = "L = sum |p - t| / n,  n = number of all elements"
    gradient_formula = "dp = sign(p - t) / n"
    kinks = (0.0,)
    checks = gn.Checks(counterpart="torch.nn.functional.l1_loss")

    def per_sample(self, y_pred: gn.Array, y_true: gn.Array) -> gn.Array:
        return by_sample(np.abs(y_pred - y_true), len(y_pred))

    def backward(self, y_pred: gn.Array, y_true: gn.Array) -> gn.Array:
        dp: gn.Array = np.sign(y_pred - y_true)
        dp /= dp.size
        return dp
