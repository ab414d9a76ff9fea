"""Mean squared error."""

from __future__ import annotations

from typing import ClassVar

import numpy as np

import glassnet as gn
from glassnet_metrics.same_shape import check_same_shape
from glassnet_metrics.weighting import weighted_size, weighted_sum


class MeanSquaredError(gn.Metric):
    """Mean of ``(y_pred - y_true)^2`` over all samples and outputs, in the square of the unit of the targets.

    Sums are kept in float64. Over no samples at all, the error is NaN.

    Bishop (2006), Pattern Recognition and Machine Learning, section 1.1.

    Raises
    ------
    ShapeError
        When targets and outputs differ in shape.
    """

    higher_is_better: ClassVar[bool] = False

    formula = "mean of (y_pred - y_true)^2"

    def start(self) -> None:
        self._total = 0.0
        self._values = 0.0

    def update(self, y_true: gn.Array, y_pred: gn.Array, sample_weight: gn.Array | None = None) -> None:
        check_same_shape(self, y_true, y_pred)
        difference = np.subtract(y_pred, y_true, dtype=np.float64)
        self._total += weighted_sum(np.square(difference, out=difference), sample_weight)
        self._values += weighted_size(difference, sample_weight)

    def result(self) -> float:
        return self._total / self._values if self._values else float("nan")
