"""A mean squared error for exercises."""

from __future__ import annotations

import glassnet as gn
from glassnet_losses.mean_squared_error import MeanSquaredError


class LabSquaredError(MeanSquaredError):
    """A mean squared error of the bug laboratory. Variant 0 is mean_squared_error; each other one has a fault.

    Bishop (2006), Pattern Recognition and Machine Learning, section 5.2.
    """

    variant: int = gn.option(0, ge=0, le=2, kw_only=True, help="the exercise that the loss belongs to")

    def per_sample(self, y_pred: gn.Array, y_true: gn.Array) -> gn.Array:
        values: gn.Array = super().per_sample(y_pred, y_true)
        return values * len(values) if self.variant == 1 else values

    def backward(self, y_pred: gn.Array, y_true: gn.Array) -> gn.Array:
        dy: gn.Array = super().backward(y_pred, y_true)
        return dy * len(y_pred) if self.variant else dy
