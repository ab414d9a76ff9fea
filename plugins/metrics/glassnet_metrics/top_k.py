"""Top-k accuracy: whether the true class is among the first few."""

from __future__ import annotations

from typing import ClassVar

import numpy as np

import glassnet as gn
from glassnet_metrics.labels import true_labels
from glassnet_metrics.weighting import weighted_size, weighted_sum


class TopK(gn.Metric):
    """The part of the predictions in which the true class is among the `k` largest outputs, 0..1.

    Of equal outputs, the class with the lower number comes first; so ``top_k(1)`` is `accuracy`. With as many
    classes as `k`, or fewer, it is always 1. Over no samples at all, it is NaN.

    Russakovsky et al. (2015), ImageNet Large Scale Visual Recognition Challenge, International Journal of Computer
    Vision 115, arXiv:1409.0575, section 4.1, where 1 less this is the error.

    Shapes
    ------
    outputs
        ``(batch, …, classes)``
    targets
        labels ``(batch, …)``, or rows ``(batch, …, classes)`` whose largest element marks the class

    Conventions
    -----------
    In scikit-learn's ``top_k_accuracy_score`` the class with the higher number comes first among equals; in Keras all
    equals count.

    Raises
    ------
    ShapeError, DataError
        When targets and outputs do not belong together, or there is a single output.
    """

    mergeable: ClassVar[bool] = True

    k: int = gn.option(5, ge=1, help="how many of the largest outputs count")

    higher_is_better: ClassVar[bool] = True
    target_types = ("labels", "one_hot")
    examples = ("top_k(1)", "top_k(2)")

    checks = gn.Checks(counterpart="sklearn.metrics.top_k_accuracy_score(true_labels, y_pred, k=k, labels=classes)")
    formula = "predictions in which fewer than k classes are ahead of the true one / all predictions"

    def reset(self) -> None:
        self._right = 0.0
        self._predictions = 0.0

    def update(self, y_true: gn.Array, y_pred: gn.Array, sample_weight: gn.Array | None = None) -> None:
        classes = y_pred.shape[-1]
        if classes == 1:
            raise gn.ShapeError(f"{self!r} needs an output for each class, got outputs of shape {y_pred.shape}")
        labels = true_labels(self, y_true, y_pred.shape)[..., np.newaxis]
        output = np.take_along_axis(y_pred, labels, axis=-1)
        ahead = (y_pred > output) | ((y_pred == output) & (np.arange(classes) < labels))
        self._right += weighted_sum(np.count_nonzero(ahead, axis=-1) < self.k, sample_weight)
        self._predictions += weighted_size(labels, sample_weight)

    def compute(self) -> float:
        return self._right / self._predictions if self._predictions else float("nan")
