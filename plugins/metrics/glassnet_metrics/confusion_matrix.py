"""Confusion matrix: which classes are taken for which."""

from __future__ import annotations

from typing import ClassVar

import numpy as np

import glassnet as gn
from glassnet_metrics.labels import predicted_labels, threshold_of, true_labels
from glassnet_metrics.weighting import repeated


class ConfusionMatrix(gn.Metric):
    """How many samples of each class were predicted to be of each class.

    The result is a table ``(classes, classes)`` of integers: row by true class, column by predicted one. What is right
    is on its diagonal. If samples have weights, it is a table of their sums. Before the first batch it is empty. A
    single output tells two classes apart, 1 where it is above `threshold`.

    Stehman (1997), Selecting and Interpreting Measures of Thematic Classification Accuracy, Remote Sensing of
    Environment 62(1), 77-89.

    Shapes
    ------
    outputs and targets
        as for `accuracy`

    Raises
    ------
    ShapeError, DataError
        When targets and outputs do not belong together.
    """

    mergeable: ClassVar[bool] = True

    threshold: float | None = gn.option(
        None, help="above which a single output means class 1; None: 0 for logits, else 0.5"
    )

    target_types = ("labels", "one_hot", "binary")

    checks = gn.Checks(counterpart="sklearn.metrics.confusion_matrix(true_labels, predicted_labels, labels=classes)")

    formula = "C[i, j] = number of samples of class i that are predicted to be of class j"

    def reset(self) -> None:
        self._counts = np.zeros((0, 0), np.int64)

    def update(self, y_true: gn.Array, y_pred: gn.Array, sample_weight: gn.Array | None = None) -> None:
        classes = max(2, y_pred.shape[-1])
        pairs = true_labels(self, y_true, y_pred.shape) * classes + predicted_labels(y_pred, threshold_of(self))
        weights = repeated(sample_weight, pairs)
        counts = np.bincount(pairs.reshape(-1), weights, classes**2).reshape(classes, classes)
        self._counts = self._counts + counts if self._counts.size else counts

    def compute(self) -> gn.Array:  # a table is not a float
        return self._counts.copy()
