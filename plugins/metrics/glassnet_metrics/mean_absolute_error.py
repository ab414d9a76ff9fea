"""Mean absolute error."""

from __future__ import annotations

import numpy as np

import glassnet as gn
from glassnet_metrics.mean_error import MeanError


class MeanAbsoluteError(MeanError):
    """Mean of ``|y_pred - y_true|`` over all samples and outputs, in the unit of the targets.

    Sums are kept in float64. Over no samples at all, the error is NaN.

    Source: by definition.

    Raises
    ------
    ShapeError
        When targets and outputs differ in shape.
    """

    formula = "mean of |y_pred - y_true|"
    checks = gn.Checks(counterpart="sklearn.metrics.mean_absolute_error")

    def errors(self, difference: gn.Array) -> gn.Array:
        return np.abs(difference)
