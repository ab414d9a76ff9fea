"""Root mean squared error."""

from __future__ import annotations

import math

import numpy as np

import glassnet as gn
from glassnet_metrics.mean_error import MeanError


class RootMeanSquaredError(MeanError):
    """The square root of the mean of ``(y_pred - y_true)^2`` over all samples and outputs, in the unit of the targets.

    Sums are kept in float64. Over no samples at all, the error is NaN.

    Bishop (2006), Pattern Recognition and Machine Learning, equation 1.3.

    Conventions
    -----------
    As in Keras, the root is taken once, of the mean over all outputs. scikit-learn's
    ``root_mean_squared_error`` takes the mean of the outputs' roots.

    Raises
    ------
    ShapeError
        When targets and outputs differ in shape.
    """

    formula = "square root of the mean of (y_pred - y_true)^2"
    checks = gn.Checks(counterpart="sklearn.metrics.root_mean_squared_error(y_true.ravel(), y_pred.ravel())")

    def errors(self, difference: gn.Array) -> gn.Array:
        return np.square(difference)

    def compute(self) -> float:
        return math.sqrt(super().compute())
