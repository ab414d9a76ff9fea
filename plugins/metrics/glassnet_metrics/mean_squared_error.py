"""Mean squared error."""

from __future__ import annotations

import numpy as np

import glassnet as gn
from glassnet_metrics.mean_error import MeanError


class MeanSquaredError(MeanError):
    """Mean of ``(y_pred - y_true)^2`` over all samples and outputs, in the square of the unit of the targets.

    Sums are kept in float64. Over no samples at all, the error is NaN.

    Bishop (2006), Pattern Recognition and Machine Learning, section 1.1.

    Raises
    ------
    ShapeError
        When targets and outputs differ in shape.
    """

    formula = "mean of (y_pred - y_true)^2"
    checks = gn.Checks(counterpart="sklearn.metrics.mean_squared_error")

    def errors(self, difference: gn.Array) -> gn.Array:
        return np.square(difference)
