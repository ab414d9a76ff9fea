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
            f"expected (batch, time, features), got ({got}); "
            "make rows of features with embedding, reshape, or return_sequences=True of the layer before it"
        )


def real_steps(x: gn.Array) -> gn.Array:
    """Return which time steps of ``(batch, time, features)`` are no padding: not all of their features are zero."""
    real: gn.Array = x.any(axis=2)
    return real


def steps_first(x: gn.Array, ctx: gn.Context) -> gn.Array:
    """Return a copy of ``(batch, time, features)`` as ``(time, features, batch)``: what a step reads lies together."""
    batch, steps, features = x.shape
    copy = ctx.empty("steps first %d" % features, (steps, features, batch))
    copy[...] = x.transpose(1, 2, 0)
    return copy


def rows_of(steps: gn.Array) -> gn.Array:
    """Return a copy of ``(time, features, batch)`` as ``(time * batch, features)``, for one product over all steps."""
    return steps.transpose(0, 2, 1).reshape(-1, steps.shape[1])

def shown(h, real, return_sequences, ctx):
    if not return_sequences:
        return np.ascontiguousarray(h[-1].T)
    _, units, batch = h.shape
    y = ctx.empty("y", (batch, len(h) - 1, units))
    y[...] = h[1:].transpose(2, 0, 1)
    if real is not None:
        y *= real[..., np.newaxis]
    return y
