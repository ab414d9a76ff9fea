"""What the recurrent layers' accelerators share: the order of axes inside, and which outputs are shown.

A step works on all samples at once, so inside time comes first and the batch last: ``(time, features, batch)``.
What one step reads and writes then lies together, gate by gate, and its matrix product is the fast one.
"""

from __future__ import annotations

from typing import Any

import numpy as np

import glassnet as gn
from glassnet_layers.time_steps import padded_steps


class RecurrentInPlace(gn.LayerWrapper):
    """Does what a recurrent layer does, with the batch as the last axis."""

    @property
    def recurrent(self) -> Any:
        """The layer."""
        return self.layer

    def padding(self, ctx: gn.Context) -> gn.Array | None:
        """Return which steps are padding, or None if none is skipped."""
        return padded_steps(self.layer, ctx) if self.recurrent.mask else None

    def shown(self, h: gn.Array, padding: gn.Array | None, ctx: gn.Context) -> gn.Array:
        """Return the layer's output, made of `h`: its state at first and after each step."""
        if not self.recurrent.return_sequences:
            last: gn.Array = h[-1].T.copy()
            return last
        time, units, batch = h[1:].shape
        y = ctx.buffer("y", (batch, time, units))
        y[...] = h[1:].transpose(2, 0, 1)
        if padding is not None:
            y[padding] = 0
        return y

    def gradient_by_step(self, dy: gn.Array, time: int, padding: gn.Array | None, ctx: gn.Context) -> gn.Array:
        """Return what the layer's output says of the gradient of each step, ``(time, units, batch)``."""
        by_step = ctx.buffer("dy", (time, self.recurrent.units, len(dy)))
        if not self.recurrent.return_sequences:
            by_step[:-1] = 0
            by_step[-1] = dy.T
            return by_step
        by_step[...] = dy.transpose(1, 2, 0)
        if padding is not None:
            by_step *= ~padding.T[:, np.newaxis]
        return by_step


def as_rows(steps: gn.Array) -> gn.Array:
    """Return a copy of ``(time, features, batch)`` as ``(time * batch, features)``, for one product over all steps."""
    return steps.transpose(0, 2, 1).reshape(-1, steps.shape[1])


def logistic(z: gn.Array) -> None:
    """Put ``1 / (1 + exp(-z))`` in place of `z`; as a tanh it is faster, and cannot overflow."""
    z *= 0.5
    np.tanh(z, out=z)
    z *= 0.5
    z += 0.5
