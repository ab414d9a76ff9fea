"""Accuracy: the part of the predictions that is right."""

from __future__ import annotations

from typing import ClassVar

import numpy as np

import glassnet as gn


class Accuracy(gn.Metric):
    """Number of right predictions over number of predictions, 0..1.

    What a prediction is follows from the shapes:

    - outputs ``(batch, …, classes)``: the class with the largest output, the first of equals. Targets are
      integer labels ``(batch, …)`` or rows ``(batch, …, classes)`` whose largest element marks the class.
    - outputs ``(batch, …, 1)``: class 1 where the output is above one half, else class 0. Targets are 0 or 1,
      or probabilities, which are read in the same way.

    Over no samples at all, the accuracy is NaN.

    Raises
    ------
    ShapeError
        When targets and outputs do not belong together.
    DataError
        When a target names no single class: two elements of a row are equally large, or a probability is
        outside 0..1.
    """

    higher_is_better: ClassVar[bool] = True

    formula = "right predictions / all predictions"

    def start(self) -> None:
        self._right = 0
        self._predictions = 0

    def update(self, y_true: gn.Array, y_pred: gn.Array) -> None:
        if y_pred.shape[-1] == 1:
            right = (y_pred > 0.5) == (_probabilities(y_true, y_pred.shape) > 0.5)
        else:
            right = y_pred.argmax(axis=-1) == _labels(y_true, y_pred.shape)
        self._right += int(np.count_nonzero(right))
        self._predictions += right.size

    def result(self) -> float:
        return self._right / self._predictions if self._predictions else float("nan")


def _probabilities(y_true: gn.Array, shape: gn.Shape) -> gn.Array:
    """Return the targets of a network with one output, in the output's shape."""
    if y_true.shape not in (shape, shape[:-1]):
        raise gn.ShapeError(f"accuracy: targets of shape {y_true.shape} do not fit outputs of shape {shape}")
    if y_true.size and not (y_true.min() >= 0 and y_true.max() <= 1):
        raise gn.DataError(
            f"accuracy: a single output is class 0 or 1, so targets must be in 0..1 "
            f"(got {y_true.min():g} to {y_true.max():g}); use another metric, such as mean_absolute_error"
        )
    return y_true.reshape(shape)


def _labels(y_true: gn.Array, shape: gn.Shape) -> gn.Array:
    """Return the targets of a network with one output a class, as integer labels."""
    if y_true.shape == shape[:-1]:
        return y_true
    if y_true.shape != shape:
        raise gn.ShapeError(f"accuracy: targets of shape {y_true.shape} do not fit outputs of shape {shape}")
    marked = y_true == y_true.max(axis=-1, keepdims=True)
    if np.count_nonzero(marked) != marked.size // shape[-1]:
        raise gn.DataError(
            "accuracy: a target row must have one largest element, its class, and some row has several; "
            "use another metric where a sample belongs to several classes"
        )
    labels: gn.Array = y_true.argmax(axis=-1)
    return labels
