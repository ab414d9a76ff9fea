"""Kinks: where an operation has no derivative, and the tape takes the mean of the slopes on both sides.

A smooth whole may have parts with kinks, such as the ``|x|`` in a sigmoid, that do not add up.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from glassnet.errors import TracingError
from glassnet_autodiff.derivatives import name_of
from glassnet_autodiff.statement import TapeEntry
from glassnet_autodiff.tape import Tape


def backward(tape: Tape, y: Any, dy: Any = 1.0, *, smooth: bool) -> None:
    """Go back over a tape.

    Raises
    ------
    TracingError
        With `smooth`, when an operation has a kink where it was computed, and that has a share in the result.
    """
    for statement, g in zip(tape.statements, tape.backward(y, dy), strict=True):
        if smooth and (_kinks(statement) & (g != 0)).any():
            raise TracingError(f"{name_of(statement.function)} has a kink at {statement.values}")


def _kinks(statement: TapeEntry) -> Any:
    """Return where the result of a statement has a kink."""
    name, values, y = name_of(statement.function).rpartition("np.")[2], statement.values, statement.y
    if name in ("absolute", "fabs"):
        return values[0] == 0
    if name in ("hypot", "linalg.norm", "linalg.vector_norm"):
        return y == 0
    if name in ("maximum", "minimum", "fmax", "fmin"):
        # What is padded with -inf never comes up against itself: the other side has no share in any result.
        return (values[0] == values[1]) & np.isfinite(y)
    if name in ("max", "min", "amax", "amin", "nanmax", "nanmin", "maximum.reduce", "minimum.reduce"):
        axis = statement.named.get("axis", 0 if name.endswith("reduce") else None)
        keepdims = statement.named.get("keepdims", False)
        extreme = y if keepdims or axis is None else np.expand_dims(y, axis)
        return np.sum(values[0] == extreme, axis=axis, keepdims=keepdims) > 1
    if name in ("sort", "partition", "median", "quantile", "percentile"):
        return np.asarray(np.unique(values[0]).size < np.size(values[0]))
    return np.zeros((), bool)
