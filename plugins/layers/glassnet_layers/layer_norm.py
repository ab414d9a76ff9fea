"""Layer normalization: the features of each sample get mean 0 and variance 1."""

from __future__ import annotations

from typing import Any

import numpy as np

import glassnet as gn
from glassnet_layers.tiles import tiles


class LayerNorm(gn.Layer):
    """Brings the last axis to mean 0 and variance 1, and then to a scale and a shift that are trained.

    Each sample, and in a sequence each time step, is treated by itself, in training and outside it alike.

    Ba, Kiros and Hinton (2016), Layer Normalization, arXiv:1607.06450.

    Shapes
    ------
    input, output
        ``(batch, …, features)``
    scale, shift
        ``(features,)``, ones and zeros at first; regularizers of the network leave both alone, as they do biases

    Conventions
    -----------
    The variance is the biased one, a sum divided by the number of features. This is PyTorch's ``LayerNorm`` over
    one axis, whose ``weight`` and ``bias`` are `scale` and `shift`; Keras calls them ``gamma`` and ``beta``, and its
    default is ``epsilon=0.001``.

    Raises
    ------
    ShapeError
        When samples are single numbers.
    """

    epsilon: float = gn.option(
        1e-5, gt=0, log=True, kw_only=True, help="added to the variance, so that nothing is divided by 0"
    )

    batch_independent = True
    examples = (("layer_norm", (4,)), ("layer_norm(epsilon=0.001)", (2, 3)))
    formula = "y = scale x' + shift,  x' = (x - mean) / sqrt(variance + epsilon), over the last axis"
    gradient_formula = (
        "dscale = sum of dy x',  dshift = sum of dy,  "
        "dx = (g - mean of g - x' mean of g x') / sqrt(variance + epsilon),  g = scale dy"
    )

    def output_shape(self, shape: gn.Shape) -> gn.Shape:
        if not shape:
            raise gn.ShapeError("expected (batch, …, features), got (batch); put reshape([1]) in front of it")
        return shape

    def parameters(self, shape: gn.Shape) -> gn.ParameterTree:
        features = shape[-1:]
        return {
            "scale": gn.Parameter(features, initializer="ones", is_bias=True),
            "shift": gn.Parameter(features, initializer="zeros", is_bias=True),
        }

    def forward(self, params: gn.Arrays, x: gn.Array, ctx: gn.Context) -> tuple[gn.Array, Any]:
        rows = x.reshape(-1, x.shape[-1])
        normal, y = ctx.buffer("normal", rows.shape), ctx.buffer("y", rows.shape)
        per_deviation = ctx.buffer("per_deviation", (len(rows), 1))
        pieces = _pieces(rows)

        def normalize(piece: int, worker: int) -> None:
            some = pieces[piece]
            part = np.subtract(rows[some], _means(rows[some]), out=normal[some])
            per_deviation[some] = 1 / np.sqrt(_means(part, part) + self.epsilon)
            part *= per_deviation[some]
            np.multiply(part, params["scale"], out=y[some])
            y[some] += params["shift"]

        gn.executor().parallel_for(len(pieces), normalize)
        return y.reshape(x.shape), (normal, per_deviation)

    def backward(
        self, params: gn.Arrays, cache: tuple[gn.Array, gn.Array], dy: gn.Array, grads: gn.Arrays, ctx: gn.Context
    ) -> gn.Array:
        normal, per_deviation = cache
        rows = dy.reshape(-1, dy.shape[-1])
        pieces = _pieces(rows)
        dx = ctx.buffer("dx", rows.shape)
        scales, shifts = (ctx.buffer(name, (len(pieces), rows.shape[1])) for name in ("scales", "shifts"))

        def derive(piece: int, worker: int) -> None:
            some = pieces[piece]
            np.einsum("ij,ij->j", rows[some], normal[some], out=scales[piece])
            rows[some].sum(axis=0, out=shifts[piece])
            g = rows[some] * params["scale"]
            part = np.multiply(normal[some], _means(g, normal[some]), out=dx[some])
            part += _means(g)
            np.subtract(g, part, out=part)
            part *= per_deviation[some]

        gn.executor().parallel_for(len(pieces), derive)
        scales.sum(axis=0, out=grads["scale"])
        shifts.sum(axis=0, out=grads["shift"])
        return dx.reshape(dy.shape)


def _pieces(rows: gn.Array) -> list[slice]:
    return [some for some, _ in tiles(len(rows), 1, 4 * rows.shape[1] * rows.itemsize)]


def _means(rows: gn.Array, factor: gn.Array | None = None) -> gn.Array:
    """Return the mean of each row, or of its product with that of `factor`, as a column."""
    sums: gn.Array = rows.sum(axis=1) if factor is None else np.vecdot(rows, factor)
    sums /= rows.shape[1]
    return sums[:, np.newaxis]
