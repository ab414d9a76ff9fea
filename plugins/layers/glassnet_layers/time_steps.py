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


def padded_steps(layer: gn.Layer, ctx: gn.Context) -> gn.Array:
    """Return which time steps of a layer's input are padding, ``(batch, time)``.

    Raises
    ------
    OptionError
        If no layer before this one knows which steps are padding.
    """
    if ctx.mask is None:
        raise gn.OptionError(
            f"{layer!r} skips padding, and no mask of padded steps reaches it; give embedding its padding index, "
            "put masking before this layer, or leave mask=True out"
        )
    return np.logical_not(ctx.mask)
