"""What recurrent layers have in common: options, which steps count, and which outputs they show."""

from __future__ import annotations

import numpy as np

import glassnet as gn
from glassnet_layers.time_steps import check_sequence, padded_steps


class Recurrent(gn.Layer):
    """A layer that reads a sequence step by step; it is a base class, and no component."""

    units: int = gn.option(ge=1, help="number of outputs a step")
    return_sequences: bool = gn.option(False, help="whether to give the output of each step, not of the last alone")
    mask: bool = gn.option(False, help="whether padded steps are skipped")
    weight_init: gn.Initializer = gn.option("glorot_uniform", kind="initializer", help="first values of the weights")
    recurrent_init: gn.Initializer = gn.option(
        "glorot_uniform", kind="initializer", help="first values of the recurrent weights"
    )
    regularizer: gn.Regularizer | None = gn.option(None, kind="regularizer", help="penalty on this layer's parameters")

    output_range = (-1.0, 1.0)

    @property
    def reads_mask(self) -> bool:
        return self.mask

    def output_shape(self, shape: gn.Shape) -> gn.Shape:
        check_sequence(shape)
        return (shape[0], self.units) if self.return_sequences else (self.units,)

    def real_steps(self, ctx: gn.Context) -> gn.Array | None:
        """Return which steps of which samples count, ``(time, batch, 1)``; None for all, if no padding is skipped."""
        return np.logical_not(padded_steps(self, ctx)).T[:, :, np.newaxis] if self.mask else None

    def shown(self, outputs: list[gn.Array], real: gn.Array | None) -> gn.Array:
        """Return the layer's output: that of the last step, or that of each, with zeros at padded steps."""
        if not self.return_sequences:
            return outputs[-1]
        return at_real(np.stack(outputs), 0, real).swapaxes(0, 1)

    def gradient_by_step(self, dy: gn.Array, steps: int, real: gn.Array | None) -> gn.Array:
        """Return the gradient of the output of each step, ``(time, batch, units)``."""
        if self.return_sequences:
            return at_real(dy.swapaxes(0, 1), 0, real)
        by_step = np.zeros((steps, *dy.shape), dy.dtype)
        by_step[-1] = dy
        return by_step


def at_real(new: gn.Array, old: gn.Array | int, real: gn.Array | None) -> gn.Array:
    """Return `new` where a step is real, and `old` where it is padding."""
    return new if real is None else np.where(real, new, old)


def sigmoid(z: gn.Array) -> gn.Array:
    """Return ``1 / (1 + exp(-z))`` as ``(1 + tanh(z / 2)) / 2``, in which nothing overflows."""
    s: gn.Array = np.tanh(z * 0.5) * 0.5 + 0.5
    return s
