"""Batch normalization: each channel gets mean 0 and variance 1 over the batch."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

import glassnet as gn
from glassnet_layers.tiles import tiles


class BatchNorm(gn.Layer):
    """Brings each channel to mean 0 and variance 1, and then to a scale and a shift that are trained.

    While training, mean and variance are those of the batch, over all axes but the last; running means of them are
    kept, and take their place outside training.

    A layer that is not trained, by ``trainable=False`` here or in a layer that holds this one, uses the running values
    in training too, and leaves them as they are. `update_statistics` says otherwise for this layer: with True it uses
    the batch's values and moves the running ones though scale and shift are not trained, with False it trains scale and
    shift on the running values.

    Ioffe and Szegedy (2015), Batch Normalization: Accelerating Deep Network Training by Reducing Internal Covariate
    Shift, ICML, arXiv:1502.03167.

    Shapes
    ------
    input, output
        ``(batch, …, channels)``
    scale, shift
        ``(channels,)``, ones and zeros at first; regularizers of the network leave both alone, as they do biases
    running_mean, running_variance
        ``(channels,)``, state: zeros and ones at first

    Single values
    -------------
    A batch that has only one value of each channel, such as a last batch of one row, has no variance. It is
    normalized as outside training, with the running values, and these stay as they are.

    Conventions
    -----------
    `momentum` is the part of a running value that is kept, as in Keras; PyTorch's ``momentum`` is 1 minus it, and
    its default is the same. As in the paper and in PyTorch, the batch is normalized with its biased variance (a sum
    divided by n), and the running variance is made of unbiased ones (divided by n - 1); Keras takes the biased one
    for both, and its defaults are ``momentum=0.99`` and ``epsilon=0.001``. With a single value, PyTorch refuses to
    train. As in Keras, a frozen layer is in inference mode. PyTorch's ``requires_grad_(False)`` goes on moving the
    running values, which is ``update_statistics=True``; its ``eval()`` is ``update_statistics=False``. PyTorch's
    ``weight`` and ``bias`` are `scale` and `shift`, Keras's ``gamma`` and ``beta``.

    Raises
    ------
    ShapeError
        When samples are single numbers.
    """

    momentum: float = gn.option(0.9, ge=0, lt=1, help="part of the running mean and variance that each step keeps")
    epsilon: float = gn.option(1e-5, gt=0, log=True, help="added to the variance, so that nothing is divided by 0")
    update_statistics: bool | None = gn.option(
        None, help="whether training uses and moves the batch's statistics; None: as the layer is trained"
    )

    examples = (("batch_norm", (4,)), ("batch_norm(momentum=0.5)", (2, 3, 2)))
    formula = (
        "y = scale x' + shift,  x' = (x - mean) / sqrt(variance + epsilon);  "
        "running = momentum running + (1 - momentum) of the batch"
    )
    gradient_formula = (
        "dscale = sum of dy x',  dshift = sum of dy,  "
        "dx = scale / sqrt(variance + epsilon) (dy - mean of dy - x' mean of dy x');  "
        "dx = scale / sqrt(variance + epsilon) dy outside training"
    )

    def output_shape(self, shape: gn.Shape) -> gn.Shape:
        if not shape:
            raise gn.ShapeError("expected (batch, …, channels), got (batch); put reshape([1]) in front of it")
        return shape

    def parameters(self, shape: gn.Shape) -> gn.ParameterTree:
        channels = shape[-1:]
        return {
            "scale": gn.Parameter(channels, initializer="ones", is_bias=True),
            "shift": gn.Parameter(channels, initializer="zeros", is_bias=True),
        }

    def state(self, shape: gn.Shape) -> gn.Arrays:
        return {"running_mean": np.zeros(shape[-1]), "running_variance": np.ones(shape[-1])}

    def forward(self, params: gn.Arrays, x: gn.Array, ctx: gn.Context) -> tuple[gn.Array, Any]:
        rows = x.reshape(len(x), -1)
        centred, y = ctx.buffer("centred", rows.shape), ctx.buffer("y", rows.shape)
        channels, values = x.shape[-1], x.size // x.shape[-1]
        of_batch = ctx.training and values > 1 and self._uses_batch(ctx)
        mean = _sums(rows, channels) / values if of_batch else ctx.state["running_mean"]
        _on_pieces(rows, lambda some: np.subtract(rows[some], _for_rows(mean, rows), out=centred[some]))
        variance = _sums(centred, channels, centred) / values if of_batch else ctx.state["running_variance"]
        if of_batch:
            self._keep(mean, variance * (values / (values - 1)), ctx.state)
        per_deviation = 1 / np.sqrt(variance + self.epsilon)
        scale, shift = _for_rows(params["scale"] * per_deviation, rows), _for_rows(params["shift"], rows)

        def scale_and_shift(some: slice) -> None:
            np.multiply(centred[some], scale, out=y[some])
            y[some] += shift

        _on_pieces(rows, scale_and_shift)
        return y.reshape(x.shape), (centred, per_deviation, of_batch)

    def _uses_batch(self, ctx: gn.Context) -> bool:
        return ctx.trainable and self.trainable if self.update_statistics is None else self.update_statistics

    def _keep(self, mean: gn.Array, variance: gn.Array, state: gn.Arrays) -> None:
        """Move the running values towards those of a batch."""
        for name, value in (("running_mean", mean), ("running_variance", variance)):
            state[name] *= self.momentum
            state[name] += (1 - self.momentum) * value

    def backward(
        self, params: gn.Arrays, cache: Any, dy: gn.Array, grads: gn.Arrays, ctx: gn.Context
    ) -> gn.Array | None:
        centred, per_deviation, of_batch = cache
        rows = dy.reshape(len(dy), -1)
        channels, values = dy.shape[-1], dy.size // dy.shape[-1]
        dshift = _sums(rows, channels)
        dscale = _sums(rows, channels, centred) * per_deviation
        grads["shift"][...], grads["scale"][...] = dshift, dscale
        if not ctx.needs_input_grad:
            return None
        dx = ctx.buffer("dx", rows.shape)
        scale = _for_rows(params["scale"] * per_deviation, rows)
        through_mean, through_deviation = (
            _for_rows(each, rows) for each in (dshift / values, dscale * per_deviation / values)
        )

        def derive(some: slice) -> None:
            if not of_batch:
                np.multiply(rows[some], scale, out=dx[some])
                return
            np.multiply(centred[some], through_deviation, out=dx[some])
            dx[some] += through_mean
            np.subtract(rows[some], dx[some], out=dx[some])
            dx[some] *= scale

        _on_pieces(rows, derive)
        return dx.reshape(dy.shape)


# A row is a whole sample. Rows as long as that are added and multiplied faster than the short ones of single pixels,
# and with what belongs to the channels repeated along them, nothing else changes.


def _for_rows(by_channel: gn.Array, rows: gn.Array) -> gn.Array:
    """Return what belongs to each channel, for each value of a row."""
    return np.tile(by_channel.astype(rows.dtype), rows.shape[1] // len(by_channel))


def _pieces(rows: gn.Array) -> list[slice]:
    return [some for some, _ in tiles(len(rows), 1, 3 * rows.shape[1] * rows.itemsize)]


def _on_pieces(rows: gn.Array, work: Callable[[slice], object]) -> None:
    """Do the work for some rows at a time, on all cores."""
    pieces = _pieces(rows)

    def work_on(piece: int, worker: int) -> None:
        work(pieces[piece])

    gn.executor().parallel_for(len(pieces), work_on)


def _sums(rows: gn.Array, channels: int, factor: gn.Array | None = None) -> gn.Array:
    """Return the sum over each channel of the values, or of their products with those of `factor`, in float64."""
    pieces = _pieces(rows)
    by_piece = np.empty_like(rows, shape=(len(pieces), rows.shape[1]))

    def add_up(piece: int, worker: int) -> None:
        some = pieces[piece]
        if factor is None:
            rows[some].sum(axis=0, out=by_piece[piece])
        else:
            np.einsum("ij,ij->j", rows[some], factor[some], out=by_piece[piece])

    gn.executor().parallel_for(len(pieces), add_up)
    sums: gn.Array = by_piece.reshape(-1, channels).sum(axis=0, dtype=np.float64)
    return sums
