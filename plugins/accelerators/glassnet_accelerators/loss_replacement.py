"""What the compiled losses have in common."""

from __future__ import annotations

from typing import Any, ClassVar

import numpy as np

import glassnet as gn
from glassnet_accelerators.pairwise_sum import pairwise_sum

_FLOATS = (np.dtype(np.float32), np.dtype(np.float64))
# NumPy converts as many numbers at a time, where it adds in another precision than theirs.
_CONVERTED_AT_A_TIME = 8192


class ToFuse(gn.LossWrapper):
    """Replaces a loss of probabilities; merged with an activation, it becomes the replacement of a loss of logits."""

    of_logits: ClassVar[type[gn.LossWrapper]]

    def fuse(self, activation: gn.Layer) -> gn.Loss | None:
        fused = self.loss.fuse(activation)
        return self.of_logits(fused) if fused is not None else None


def kernels_take(y_pred: gn.Array, y_true: gn.Array, shape: gn.Shape, dtype: Any) -> bool:
    """Tell whether predictions are floats, targets of this shape and type, and both in one piece.

    Kernels do not broadcast, and in arrays that are not in one piece NumPy adds in another order.
    """
    are_of_their_types = y_pred.dtype in _FLOATS and y_true.dtype == dtype
    return are_of_their_types and y_true.shape == shape and _is_in_one_piece(y_pred) and _is_in_one_piece(y_true)


def _is_in_one_piece(array: gn.Array) -> bool:
    return array.flags.c_contiguous and array.flags.aligned


def mean(losses: gn.Array, samples: int) -> float:
    """Return the mean over samples of one loss or several for each of them, in the order in which NumPy adds."""
    if losses.size != samples:
        losses = losses.reshape(samples, -1).mean(axis=1, dtype=np.float64)
    if samples > _CONVERTED_AT_A_TIME:
        return float(losses.sum(dtype=np.float64) / samples)
    return pairwise_sum(losses, 0.0) / samples
