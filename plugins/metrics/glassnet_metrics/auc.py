"""AUC: whether the right ones are ranked first."""

from __future__ import annotations

from typing import ClassVar

import numpy as np

import glassnet as gn
from glassnet_metrics.labels import true_labels
from glassnet_metrics.roc_area import area
from glassnet_metrics.weighting import repeated


class AUC(gn.Metric):
    """The area under the ROC curve: the chance that a sample of a class has a higher output than one of another class.

    Equal outputs count half. 1 is perfect, 1/2 is what guessing gives. It is exact, over all pairs of the pass. With
    two classes it is that of class 1, by a single output or by the second of two. With more, it is the mean over
    the classes, each against the rest.

    Mann and Whitney (1947), On a Test of Whether one of Two Random Variables is Stochastically Larger than the Other,
    Annals of Mathematical Statistics 18(1), 50-60. Fawcett (2006), An Introduction to ROC Analysis, Pattern
    Recognition Letters 27.

    A class has no AUC where it does not occur, or nothing else does. It is left out of the mean, and the result is NaN
    where none is left, or where an output is NaN. Outputs of different samples are compared, so logits of several
    classes are made probabilities first.

    It keeps the whole pass: for float32 outputs 8 + 4 bytes a sample, 8 + 4 · classes with more than two, and 8 more
    for a weight.

    Shapes
    ------
    outputs and targets
        as for `accuracy`

    Conventions
    -----------
    scikit-learn's ``roc_auc_score(multi_class="ovr", average="macro")``, which refuses or returns NaN where a class
    is missing.

    Raises
    ------
    ShapeError, DataError
        When targets and outputs do not belong together.
    """

    mergeable: ClassVar[bool] = True
    higher_is_better: ClassVar[bool] = True
    target_types = ("labels", "one_hot", "binary")
    undefined = "it needs samples of two classes, with weights above 0"

    checks = gn.Checks(counterpart="sklearn.metrics.roc_auc_score(true_labels, scores, multi_class='ovr')")
    formula = "pairs of a sample of the class and another, the first with the higher output / all such pairs"

    def reset(self) -> None:
        self._scores: list[gn.Array] = []
        self._labels: list[gn.Array] = []
        self._weights: list[gn.Array | None] = []

    def update(self, y_true: gn.Array, y_pred: gn.Array, sample_weight: gn.Array | None = None) -> None:
        labels = true_labels(self, y_true, y_pred.shape)
        scores = _log_probabilities(y_pred) if self._are_logits_of_classes(y_pred) else y_pred
        scores = scores if scores.shape[-1] > 2 else scores[..., -1:]
        self._labels.append(labels.flatten())
        self._weights.append(repeated(sample_weight, labels))
        # A copy: the caller may use the array again.
        self._scores.append(scores.reshape(-1, scores.shape[-1]).copy())

    def compute(self) -> float:
        if not self._scores:
            return float("nan")
        scores, labels, weights = np.concatenate(self._scores), np.concatenate(self._labels), self._all_weights()
        if scores.shape[1] == 1:
            return area(scores[:, 0], labels == 1, weights)
        areas = np.array([area(scores[:, label], labels == label, weights) for label in range(scores.shape[1])])
        known = areas[~np.isnan(areas)]
        return float(known.mean()) if len(known) and not np.isnan(scores).any() else float("nan")

    def _all_weights(self) -> gn.Array | None:
        if all(weights is None for weights in self._weights):
            return None
        kept = zip(self._weights, self._labels, strict=True)
        return np.concatenate([np.ones(len(labels)) if weights is None else weights for weights, labels in kept])

    def _are_logits_of_classes(self, y_pred: gn.Array) -> bool:
        return self.outputs_are == "logits" and y_pred.shape[-1] > 1


def _log_probabilities(z: gn.Array) -> gn.Array:
    """Return the logarithms of the softmax, which, unlike logits, can be compared between samples."""
    z = z.astype(np.float64)
    z -= z.max(axis=-1, keepdims=True)
    log_p: gn.Array = z - np.log(np.exp(z).sum(axis=-1, keepdims=True))
    return log_p
