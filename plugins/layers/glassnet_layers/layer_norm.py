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
        centred = x - x.mean(axis=-1, keepdims=True)
        deviation = np.sqrt(np.square(centred).mean(axis=-1, keepdims=True) + self.epsilon)
        normal = centred / deviation
        return params["scale"] * normal + params["shift"], (normal, deviation)

    def backward(self, params: gn.Arrays, cache: Any, dy: gn.Array, grads: gn.Arrays, ctx: gn.Context) -> gn.Array:
        normal, deviation = cache
        axes = tuple(range(dy.ndim - 1))
        grads["scale"][...] = (dy * normal).sum(axes)
        grads["shift"][...] = dy.sum(axes)
        g = params["scale"] * dy
        through_deviation = normal * (g * normal).mean(axis=-1, keepdims=True)
        dx: gn.Array = (g - g.mean(axis=-1, keepdims=True) - through_deviation) / deviation
        return dx
