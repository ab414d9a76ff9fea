"""The class that a network answers with."""

from __future__ import annotations

import numpy as np

from glassnet.components.loss import Loss
from glassnet.types import Array


def answered_classes(predictions: Array, loss: Loss) -> Array:
    """Return the class of each prediction: the largest output, or yes and no of a single one."""
    if predictions.shape[-1] > 1:
        largest: Array = np.argmax(predictions, axis=-1)
        return largest
    is_probability = loss.prediction_type == "probabilities"
    return (predictions.reshape(-1) > (0.5 if is_probability else 0)).astype(np.int64)
