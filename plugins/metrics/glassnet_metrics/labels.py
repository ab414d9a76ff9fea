"""Classes, as outputs and targets name them."""

from __future__ import annotations

from typing import Any

import numpy as np

import glassnet as gn


def predicted_labels(y_pred: gn.Array, threshold: float) -> gn.Array:
    """Return the class that each row of outputs means, ``(batch, …)``.

    That is the class with the largest output, the first of equals; where there is a single output, class 1 where it
    is above `threshold`, else class 0.
    """
    labels: gn.Array = (y_pred[..., 0] > threshold) if y_pred.shape[-1] == 1 else y_pred.argmax(axis=-1)
    return labels.astype(np.intp, copy=False)


def threshold_of(metric: Any) -> float:
    """Return above which an output means yes: what the metric was given, else where yes is as likely as no."""
    if metric.threshold is not None:
        return float(metric.threshold)
    return 0.0 if metric.outputs_are == "logits" else 0.5


def true_labels(metric: gn.Metric, y_true: gn.Array, shape: gn.Shape) -> gn.Array:
    """Return the class that each target names, for outputs of `shape`.

    Raises
    ------
    ShapeError
        When targets and outputs do not belong together.
    DataError
        When a target names no single class: two elements of a row are equally large, or a probability is
        outside 0..1.
    """
    labels = _of_one_output(metric, y_true, shape) if shape[-1] == 1 else _of_classes(metric, y_true, shape)
    return labels.astype(np.intp, copy=False)


def _of_one_output(metric: gn.Metric, y_true: gn.Array, shape: gn.Shape) -> gn.Array:
    if y_true.shape not in (shape, shape[:-1]):
        raise gn.ShapeError(f"{metric!r}: targets of shape {y_true.shape} do not fit outputs of shape {shape}")
    # Losses of logits may take -1 for no.
    no = -1 if metric.outputs_are == "logits" else 0
    if y_true.size and not (y_true.min() >= no and y_true.max() <= 1):
        raise gn.DataError(
            f"{metric!r}: a single output is class 0 or 1, so targets must be in {no}..1 "
            f"(got {y_true.min():g} to {y_true.max():g}); use another metric, such as mean_absolute_error"
        )
    labels: gn.Array = y_true.reshape(shape[:-1]) > 0.5
    return labels


def _of_classes(metric: gn.Metric, y_true: gn.Array, shape: gn.Shape) -> gn.Array:
    if y_true.shape == shape[:-1]:
        return y_true
    if y_true.shape != shape:
        raise gn.ShapeError(f"{metric!r}: targets of shape {y_true.shape} do not fit outputs of shape {shape}")
    marked = y_true == y_true.max(axis=-1, keepdims=True)
    if np.count_nonzero(marked) != marked.size // shape[-1]:
        raise gn.DataError(
            f"{metric!r}: a target row must have one largest element, its class, and some row has several; "
            "use another metric where a sample belongs to several classes"
        )
    labels: gn.Array = y_true.argmax(axis=-1)
    return labels
