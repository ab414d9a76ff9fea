"""Time steps: what the layers that read sequences share."""

from __future__ import annotations

import numpy as np

import glassnet as gn


def check_sequence(shape: gn.Shape) -> None:
    """Refuse samples that are no sequence of rows of features.

    Raises
    ------
    ShapeError
        When a sample is anything but ``(time, features)``.
    """
    if len(shape) != 2:
        got = ", ".join(["batch", *map(str, shape)])
        raise gn.ShapeError(
            f"expected (batch, time, features), got ({got}); embedding makes such rows of indices, reshape of "
            "anything else, and a recurrent layer gives them with return_sequences=True"
        )


def padding_in(x: gn.Array) -> gn.Array:
    """Return which steps of ``(batch, time, features)`` are padding, ``(batch, time)``: all their features are zero."""
    return np.logical_not(x.any(axis=2))
