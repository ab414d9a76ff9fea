"""Time steps: what the layers that read sequences share."""

from __future__ import annotations

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
            f"expected (batch, time, features), got ({got}); "
            "make rows of features with embedding, reshape, or return_sequences=True of the layer before it"
        )


def real_steps(x: gn.Array) -> gn.Array:
    """Return which time steps of ``(batch, time, features)`` are no padding: not all of their features are zero."""
    real: gn.Array = x.any(axis=2)
    return real
