"""The replacement for a categorical cross-entropy."""

from __future__ import annotations

import numpy as np

import glassnet as gn
from glassnet_accelerators.categorical_crossentropy_kernel import (
    add_up,
    finish_with_labels,
    finish_with_rows,
    take_largest_off,
)
from glassnet_accelerators.loss_replacement import ToFuse, kernels_take, mean
from glassnet_accelerators.numpy_only.row_max import row_max

# In longer rows NumPy finds the largest number faster.
_FEW_CLASSES = 64


class CategoricalOfLogits(gn.LossWrapper):
    """Does what a categorical cross-entropy of logits does, without label smoothing."""

    def value_and_gradient(self, y_pred: gn.Array, y_true: gn.Array) -> tuple[float, gn.Array]:
        has_labels = y_true.ndim < y_pred.ndim
        shape, dtype = (y_pred.shape[:-1], np.intp) if has_labels else (y_pred.shape, y_pred.dtype)
        if not kernels_take(y_pred, y_true, shape, dtype):
            return self.loss.value_and_gradient(y_pred, y_true)
        # Numba takes plain arrays alone.
        z, t = np.asarray(y_pred).reshape(-1, y_pred.shape[-1]), np.asarray(y_true)
        z = _less_largest(z)
        exponentials: gn.Array = np.exp(z)
        sums = np.empty(len(z), z.dtype)
        add_up(exponentials, sums)
        losses, dz = np.log(sums), exponentials
        if has_labels:
            finish_with_labels(z, t.reshape(-1), sums, losses, dz)
        else:
            finish_with_rows(z, t.reshape(z.shape), sums, losses, dz)
        return mean(losses, len(y_pred)), dz.reshape(y_pred.shape)


class CategoricalToFuse(ToFuse):
    """Does what a categorical cross-entropy of probabilities does; merged with a softmax, it is faster."""

    of_logits = CategoricalOfLogits


def _less_largest(z: gn.Array) -> gn.Array:
    """Return z less the largest number of each row."""
    if z.shape[1] > _FEW_CLASSES:
        return z - row_max(z)
    less = np.empty_like(z)
    take_largest_off(z, less)
    return less
