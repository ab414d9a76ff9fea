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

    def real_steps(self, x: gn.Array, ctx: gn.Context) -> gn.Array:
        """Return which steps of which samples count, ``(time, batch, 1)``: all, unless the layer skips padding."""
        padding = padded_steps(self, ctx) if self.mask else np.zeros(x.shape[:2], bool)
        return np.logical_not(padding).T[:, :, np.newaxis]

    def shown(self, outputs: list[gn.Array], real: gn.Array) -> gn.Array:
        """Return the layer's output: that of the last step, or that of each, with zeros at padded steps."""
        if not self.return_sequences:
            return outputs[-1]
        return (np.stack(outputs) * real).swapaxes(0, 1)

    def gradient_by_step(self, dy: gn.Array, real: gn.Array) -> gn.Array:
        """Return the gradient of the output of each step, ``(time, batch, units)``."""
        if self.return_sequences:
            return dy.swapaxes(0, 1) * real
        by_step = np.zeros((len(real), *dy.shape), dy.dtype)
        by_step[-1] = dy
        return by_step


def sigmoid(z: gn.Array) -> gn.Array:
    """Return ``1 / (1 + exp(-z))`` as ``(1 + tanh(z / 2)) / 2``, in which nothing overflows."""
    s: gn.Array = 0.5 + 0.5 * np.tanh(0.5 * z)
    return s
