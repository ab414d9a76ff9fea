"""Targets that are values, one for each output."""

from __future__ import annotations

import glassnet as gn


def check_same_shape(metric: gn.Metric, y_true: gn.Array, y_pred: gn.Array) -> None:
    """Refuse targets that have not the shape of the outputs, and would be broadcast.

    Raises
    ------
    ShapeError
        When the shapes differ.
    """
    if y_true.shape != y_pred.shape:
        raise gn.ShapeError(
            f"{metric!r}: targets of shape {y_true.shape} and outputs of shape {y_pred.shape} differ; "
            "give targets in the shape of the outputs, or use another metric for labels"
        )
