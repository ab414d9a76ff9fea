"""Accuracy: the part of the predictions that is right."""

from __future__ import annotations

from typing import ClassVar

import glassnet as gn
from glassnet_metrics.labels import predicted_labels, threshold_of, true_labels
from glassnet_metrics.weighting import weighted_size, weighted_sum


class Accuracy(gn.Metric):
    """Number of right predictions over number of predictions, 0..1.

    What a prediction is follows from the shapes:

    - outputs ``(batch, …, classes)``: the class with the largest output, the first of equals. Targets are
      integer labels ``(batch, …)`` or rows ``(batch, …, classes)`` whose largest element marks the class.
    - outputs ``(batch, …, 1)``: class 1 where the output is above `threshold`, else class 0. Targets are 0 or 1,
      or probabilities, which mean class 1 above one half. If the loss takes logits, the threshold is 0 unless
      another one is given, and targets may be -1 or 1 as for `hinge`.

    Over no samples at all, the accuracy is NaN.

    Bishop (2006), Pattern Recognition and Machine Learning, section 1.5.1: 1 less the misclassification rate.

    Raises
    ------
    ShapeError
        When targets and outputs do not belong together.
    DataError
        When a target names no single class: two elements of a row are equally large, or a probability is
        outside 0..1.
    """

    mergeable: ClassVar[bool] = True

    threshold: float | None = gn.option(
        None, help="above which a single output means class 1; None: 0 for logits, else 0.5"
    )

    higher_is_better: ClassVar[bool] = True
    target_types = ("labels", "one_hot", "binary")

    checks = gn.Checks(counterpart="sklearn.metrics.accuracy_score(true_labels, predicted_labels)")
    formula = "right predictions / all predictions"

    def reset(self) -> None:
        self._right = 0.0
        self._predictions = 0.0

    def update(self, y_true: gn.Array, y_pred: gn.Array, sample_weight: gn.Array | None = None) -> None:
        right = predicted_labels(y_pred, threshold_of(self)) == true_labels(self, y_true, y_pred.shape)
        self._right += weighted_sum(right, sample_weight)
        self._predictions += weighted_size(right, sample_weight)

    def compute(self) -> float:
        return self._right / self._predictions if self._predictions else float("nan")
