"""batch_norm over pieces of the batch that stay in the cache, and of large batches on several threads.

A row is a whole sample. NumPy adds and multiplies such long rows faster than the short ones of single pixels. What
belongs to the channels is repeated along a row for that.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

import glassnet as gn
from glassnet_accelerators.numpy_only.row_pieces import for_each_piece, row_pieces


class BatchNormInPieces(gn.LayerWrapper):
    """Does what a batch_norm does."""

    def forward(self, params: gn.Arrays, x: gn.Array, ctx: gn.Context) -> tuple[gn.Array, Any]:
        layer: Any = self.layer
        rows = x.reshape(len(x), -1)
        pieces = row_pieces(len(rows), 3 * rows.shape[1] * rows.itemsize)
        centred, y = ctx.buffer("centred", rows.shape), ctx.buffer("y", rows.shape)
        channels, values = x.shape[-1], x.size // x.shape[-1]
        of_batch = values > 1 and layer.uses_batch(ctx)
        mean = _sums(rows, pieces, channels) / values if of_batch else ctx.state["running_mean"]
        _on_pieces(rows, pieces, lambda some: np.subtract(rows[some], _for_rows(mean, rows), out=centred[some]))
        variance = _sums(centred, pieces, channels, centred) / values if of_batch else ctx.state["running_variance"]
        if of_batch:
            _keep(layer.momentum, mean, variance * (values / (values - 1)), ctx.state)
        per_deviation = 1 / np.sqrt(variance + layer.epsilon)
        scale, shift = _for_rows(params["scale"] * per_deviation, rows), _for_rows(params["shift"], rows)

        def scale_and_shift(some: slice) -> None:
            part = np.multiply(centred[some], scale, out=y[some])
            part += shift

        _on_pieces(rows, pieces, scale_and_shift)
        return y.reshape(x.shape), (centred, per_deviation, of_batch)

    def backward(
        self, params: gn.Arrays, cache: Any, dy: gn.Array, grads: gn.Arrays, ctx: gn.Context
    ) -> gn.Array | None:
        centred, per_deviation, of_batch = cache
        rows = dy.reshape(len(dy), -1)
        pieces = row_pieces(len(rows), 3 * rows.shape[1] * rows.itemsize)
        channels, values = dy.shape[-1], dy.size // dy.shape[-1]
        dshift = _sums(rows, pieces, channels)
        dscale = _sums(rows, pieces, channels, centred) * per_deviation
        grads["shift"][...], grads["scale"][...] = dshift, dscale
        if not ctx.needs_input_grad:
            return None
        dx = ctx.buffer("dx", rows.shape)
        scale = _for_rows(params["scale"] * per_deviation, rows)
        through_mean, through_deviation = (
            _for_rows(each, rows) for each in (dshift / values, dscale * per_deviation / values)
        )

        def derive(some: slice) -> None:
            part = dx[some]
            if not of_batch:
                np.multiply(rows[some], scale, out=part)
                return
            np.multiply(centred[some], through_deviation, out=part)
            part += through_mean
            np.subtract(rows[some], part, out=part)
            part *= scale

        _on_pieces(rows, pieces, derive)
        return dx.reshape(dy.shape)


def _keep(momentum: float, mean: gn.Array, variance: gn.Array, state: gn.Arrays) -> None:
    """Move the running values towards those of a batch."""
    for name, value in (("running_mean", mean), ("running_variance", variance)):
        state[name] *= momentum
        state[name] += (1 - momentum) * value


def _for_rows(by_channel: gn.Array, rows: gn.Array) -> gn.Array:
    """Return what belongs to each channel, for each value of a row."""
    converted = by_channel.astype(rows.dtype, copy=False)
    pixels = rows.shape[1] // len(by_channel)
    return converted if pixels == 1 else np.tile(converted, pixels)


def _on_pieces(rows: gn.Array, pieces: tuple[slice, ...], work: Callable[[slice], object]) -> None:
    """Do the work for some rows at a time."""
    if len(pieces) == 1:
        work(pieces[0])
    else:
        for_each_piece(rows.size, pieces, lambda number, some: work(some))


def _sums(rows: gn.Array, pieces: tuple[slice, ...], channels: int, factor: gn.Array | None = None) -> gn.Array:
    """Return the sum over each channel of the values, or of their products with those of `factor`, in float64."""
    if len(pieces) == 1:
        sums = _sums_of_rows(rows, factor)
    else:
        by_piece = np.empty((len(pieces), rows.shape[1]), rows.dtype)

        def add_up(number: int, some: slice) -> None:
            by_piece[number] = _sums_of_rows(rows[some], None if factor is None else factor[some])

        for_each_piece(rows.size, pieces, add_up)
        sums = by_piece.reshape(-1)
    # A sum of one number, which is itself, takes longer than a small layer's other calls.
    is_one = len(sums) == channels
    return sums.astype(np.float64) if is_one else sums.reshape(-1, channels).sum(axis=0, dtype=np.float64)


def _sums_of_rows(rows: gn.Array, factor: gn.Array | None) -> gn.Array:
    sums: gn.Array = np.add.reduce(rows, axis=0) if factor is None else np.einsum("ij,ij->j", rows, factor)
    return sums


class NumpyBatchNorm(gn.Accelerator):
    """batch_norm in pieces of the batch that fit in the cache, by long rows, and of large batches on several threads.

    Forward and backward of (64, 28, 28, 8) take 0.19 of the formula's time, of (32, 14, 14, 64) 0.47, of (128, 128)
    0.72, of (64, 10) 0.93. (32, 10) takes 0.97, and is not left to the formula, which rounds in another order.

    Ioffe and Szegedy (2015), Batch Normalization: Accelerating Deep Network Training by Reducing Internal Covariate
    Shift, ICML, arXiv:1502.03167.
    """

    replaces = "layer.glassnet.batch_norm"
    always = True
    formula = "y = x' scale / sqrt(variance + epsilon) + shift,  x' = x - mean"

    def replacement(self, component: gn.Layer) -> gn.Layer:
        return BatchNormInPieces(component)
