"""Parametric relu: a leaky relu that learns its slopes."""

from __future__ import annotations

from typing import Any

import numpy as np

import glassnet as gn


class PRelu(gn.Activation):
    """A leaky relu with a trained slope for each feature.

    He, Zhang, Ren and Sun (2015), Delving Deep into Rectifiers, ICCV, arXiv:1502.01852. As there, penalties on
    weights leave the slopes alone: they would pull them towards 0, where this is a plain relu.

    The derivative at 0, where it has none, is taken to be the slope.

    Shapes
    ------
    input, output
        ``(batch, …, features)``
    slopes
        ``(features,)``: one for each index of the last axis, such as each channel of an image

    Conventions
    -----------
    PyTorch shares one slope among all features unless it is given their number; Keras has one for each element of a
    sample unless `shared_axes` says otherwise, and starts from 0.
    """

    slope: float = gn.option(0.25, help="first value of each slope")

    formula = "y = x if x > 0 else a x,  a = the feature's slope"
    gradient_formula = "dx = dy * (1 if x > 0 else a),  da = sum of dy * min(x, 0) over all but the last axis"
    initializer = "he_normal"
    kinks = (0.0,)

    def as_layer(self) -> gn.Layer:
        return PReluLayer(self.slope, trainable=self.trainable, lr_scale=self.lr_scale, freeze=self.freeze)


class PReluLayer(gn.Layer):
    """The layer that a network uses for the activation, because only layers have parameters."""

    slope: float = gn.option(help="first value of each slope")

    batch_independent = True
    kinks = (0.0,)

    def parameters(self, shape: gn.Shape) -> gn.ParameterTree:
        return {"slopes": gn.Parameter(shape[-1:], initializer=f"constant({self.slope!r})", is_bias=True)}

    def forward(self, params: gn.Arrays, x: gn.Array, ctx: gn.Context) -> tuple[gn.Array, Any]:
        return np.where(x > 0, x, params["slopes"] * x), x

    def backward(self, params: gn.Arrays, cache: Any, dy: gn.Array, grads: gn.Arrays, ctx: gn.Context) -> gn.Array:
        x = cache
        leading = tuple(range(x.ndim - 1))
        grads["slopes"][...] = np.sum(dy * np.minimum(x, 0), axis=leading)
        return np.where(x > 0, dy, dy * params["slopes"])
