"""Huber loss: squared for small errors, absolute for large ones."""

from __future__ import annotations

import numpy as np

import glassnet as gn
from glassnet_losses.samples import by_sample


class Huber(gn.Loss):
    """Half the squared error up to `delta`, and from there on a straight line, averaged over samples and outputs.

    Huber (1964), Robust Estimation of a Location Parameter, Annals of Mathematical Statistics 35(1), 73-101.

    Shapes
    ------
    y_pred, y_true
        ``(batch, …)``, the same for both; targets of a network with one output may be ``(batch,)``

    Conventions
    -----------
    The scale is that of PyTorch's ``huber_loss`` and of Keras; PyTorch's ``smooth_l1_loss`` is this divided by its
    `beta`, which is our `delta`.

    Raises
    ------
    ShapeError
        When the targets have not the shape of the network's output.
    """

    delta: float = gn.option(1.0, gt=0, help="the error, in the unit of the targets, from which on the loss is linear")

    formula = "L = sum c (|e| - c / 2) / n,  e = p - t,  c = min(|e|, delta),  n = number of all elements"
    gradient_formula = "dp = e / n, with e limited to -delta..delta"
    examples = ("huber", "huber(0.1)")
    checks = gn.Checks(counterpart="torch.nn.functional.huber_loss(delta=delta)")

    def per_sample(self, y_pred: gn.Array, y_true: gn.Array) -> gn.Array:
        error = np.abs(y_pred - y_true)
        limited = np.minimum(error, self.delta)
        return by_sample(limited * (error - limited / 2), len(y_pred))

    def backward(self, y_pred: gn.Array, y_true: gn.Array) -> gn.Array:
        error = y_pred - y_true
        dp: gn.Array = np.clip(error, -self.delta, self.delta) / error.size
        return dp
