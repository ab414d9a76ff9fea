"""What mean squared, root mean squared and mean absolute error share: the weighted mean of a figure of each output."""

from __future__ import annotations

from typing import ClassVar

import numpy as np

import glassnet as gn
from glassnet_metrics.same_shape import check_same_shape
from glassnet_metrics.weighting import weighted_size, weighted_sum


class MeanError(gn.Metric):
    """The mean of the errors over all samples and outputs; sums are kept in float64."""

    mergeable: ClassVar[bool] = True
    higher_is_better: ClassVar[bool] = False

    def errors(self, difference: gn.Array) -> gn.Array:
        """Return the error of each output, given ``y_pred - y_true``, whose memory may be used."""
        raise NotImplementedError(f"{type(self).__name__} needs errors()")

    def reset(self) -> None:
        self._total = 0.0
        self._values = 0.0

    def update(self, y_true: gn.Array, y_pred: gn.Array, sample_weight: gn.Array | None = None) -> None:
        check_same_shape(self, y_true, y_pred)
        errors = self.errors(np.subtract(y_pred, y_true, dtype=np.float64))
        self._total += weighted_sum(errors, sample_weight)
        self._values += weighted_size(errors, sample_weight)

    def compute(self) -> float:
        return self._total / self._values if self._values else float("nan")
