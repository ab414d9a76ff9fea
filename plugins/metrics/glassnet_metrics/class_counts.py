"""The three counts of each class of which precision, recall and F1 are made."""

from __future__ import annotations

import numpy as np

import glassnet as gn
from glassnet_metrics.labels import predicted_labels, threshold_of, true_labels
from glassnet_metrics.weighting import repeated


def count_classes(
    metric: gn.Metric, y_true: gn.Array, y_pred: gn.Array, sample_weight: gn.Array | None
) -> tuple[gn.Array, ...]:
    """Return how often each class was rightly predicted, predicted, and true."""
    classes = max(2, y_pred.shape[-1])
    predicted = predicted_labels(y_pred, threshold_of(metric))
    weights = repeated(sample_weight, predicted)
    predicted = predicted.reshape(-1)
    actual = true_labels(metric, y_true, y_pred.shape).reshape(-1)
    right = predicted == actual
    return (
        np.bincount(actual[right], None if weights is None else weights[right], classes),
        np.bincount(predicted, weights, classes),
        np.bincount(actual, weights, classes),
    )


def count_answers(
    metric: gn.Metric, y_true: gn.Array, y_pred: gn.Array, sample_weight: gn.Array | None
) -> tuple[gn.Array, ...]:
    """Return how often yes was rightly predicted, predicted, and true, for each question."""
    if y_true.shape != y_pred.shape:
        raise gn.ShapeError(f"{metric!r}: targets of shape {y_true.shape} do not fit outputs of shape {y_pred.shape}")
    questions = y_pred.shape[-1]
    predicted = (y_pred > threshold_of(metric)).reshape(-1, questions)
    actual = (y_true > 0.5).reshape(-1, questions)
    marks = (predicted & actual, predicted, actual)
    weights = repeated(sample_weight, y_pred[..., 0])
    return tuple(mark.sum(axis=0) if weights is None else weights @ mark for mark in marks)
