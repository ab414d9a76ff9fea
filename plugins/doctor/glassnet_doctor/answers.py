"""What a network answers: the classes, and how often they are right."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from glassnet.components.loss import Loss
from glassnet.types import Array

if TYPE_CHECKING:
    from glassnet_doctor.case import Case

WELL = 0.85
"""The part of the answers that are right, or of the variance that is explained, from which a network does well."""


def answered_classes(predictions: Array, loss: Loss) -> Array:
    """Return the class of each prediction: the largest output, or yes and no of a single one."""
    if predictions.shape[-1] > 1:
        largest: Array = np.argmax(predictions, axis=-1)
        return largest
    is_probability = loss.prediction_type == "probabilities"
    return (predictions.reshape(-1) > (0.5 if is_probability else 0)).astype(np.int64)


def answers_well(case: Case) -> bool:
    """Tell whether a network does well on data that it was not trained on; without such data, on the training data.

    Of classes it has to answer `WELL` right, with at most half of the mistakes of always answering the most frequent
    one. Of numbers it has to explain `WELL` of the variance. Other targets are not judged.
    Where only the history knows of other data, a loss counts like a variance.
    """
    losses, shares = case.history.get("val_loss"), case.history.get("val_accuracy")
    if case.validation is None and losses:  # there were others, and only their figures are left
        if shares and case.labels is not None:
            return _is_well(shares[-1], case.labels)
        return bool(losses[-1] <= (1 - WELL) * case.guess)
    x, y = case.batch if case.validation_batch is None else case.validation_batch
    predictions = case.predicted(x)
    labels = case.labels_of(y)
    if labels is not None:
        return _is_well(float(np.mean(answered_classes(predictions, case.loss) == labels)), labels)
    if case.loss.prediction_type != "values" or predictions.shape != y.shape:
        return False
    error, variance = np.mean((predictions - y) ** 2), np.mean((y - y.mean(axis=0)) ** 2)
    return bool(error <= (1 - WELL) * variance)


def _is_well(share: float, labels: Array) -> bool:
    most_frequent = float(np.unique(labels, return_counts=True)[1].max() / len(labels))
    return share >= max(WELL, (1 + most_frequent) / 2)
