"""The replacement for a binary cross-entropy."""

from __future__ import annotations

import numpy as np

import glassnet as gn
from glassnet_accelerators.binary_crossentropy_kernel import finish, take_below_zero
from glassnet_accelerators.loss_replacement import ToFuse, kernels_take, mean


class BinaryOfLogits(gn.LossWrapper):
    """Does what a binary cross-entropy of logits does."""

    def value_and_gradient(self, y_pred: gn.Array, y_true: gn.Array) -> tuple[float, gn.Array]:
        if not kernels_take(y_pred, y_true, y_pred.shape, y_pred.dtype):
            return self.loss.value_and_gradient(y_pred, y_true)
        # Numba takes plain arrays alone.
        z, t = np.asarray(y_pred).reshape(-1), np.asarray(y_true).reshape(-1)
        below_zero = np.empty_like(z)
        take_below_zero(z, below_zero)
        e: gn.Array = np.exp(below_zero)
        losses, dz = np.log1p(e), e
        finish(z, t, losses, dz)
        return mean(losses, len(y_pred)), dz.reshape(y_pred.shape)


class BinaryToFuse(ToFuse):
    """Does what a binary cross-entropy of probabilities does; merged with a sigmoid, it is faster."""

    of_logits = BinaryOfLogits
