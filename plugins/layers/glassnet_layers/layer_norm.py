"""Layer normalization: the features of each sample get mean 0 and variance 1."""

from __future__ import annotations

from typing import Any

import numpy as np

import glassnet as gn


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

    epsilon: float = gn.option(1e-5, gt=0, log=True, help="added to the variance, so that nothing is divided by 0")

    examples = (("layer_norm", (4,)), ("layer_norm(epsilon=0.001)", (2, 3)))
    formula = "y = scale x' + shift,  x' = (x - mean) / sqrt(variance + epsilon), over the last axis"
    gradient = (
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
        normal = np.subtract(rows, _means(rows), out=ctx.empty("normal", rows.shape))
        per_deviation = 1 / np.sqrt(_means(normal, normal) + self.epsilon)
        normal *= per_deviation
        y = np.multiply(normal, params["scale"], out=ctx.empty("y", rows.shape))
        y += params["shift"]
        return y.reshape(x.shape), (normal, per_deviation)

    def backward(
        self, params: gn.Arrays, cache: tuple[gn.Array, gn.Array], dy: gn.Array, grads: gn.Arrays, ctx: gn.Context
    ) -> gn.Array | None:
        normal, per_deviation = cache
        rows = dy.reshape(normal.shape)
        np.einsum("ij,ij->j", rows, normal, out=grads["scale"])
        rows.sum(axis=0, out=grads["shift"])
        if not ctx.needs_input_grad:
            return None
        g = np.multiply(rows, params["scale"], out=ctx.empty("g", rows.shape))
        dx = np.multiply(normal, _means(g, normal), out=ctx.empty("dx", rows.shape))
        dx += _means(g)
        np.subtract(g, dx, out=dx)
        dx *= per_deviation
        return dx.reshape(dy.shape)


def _means(rows: gn.Array, factor: gn.Array | None = None) -> gn.Array:
    """Return the mean of each row, or of its product with that of `factor`, as a column."""
    sums: gn.Array = rows.sum(axis=1) if factor is None else np.einsum("ij,ij->i", rows, factor)
    sums /= rows.shape[1]
    return sums[:, np.newaxis]
