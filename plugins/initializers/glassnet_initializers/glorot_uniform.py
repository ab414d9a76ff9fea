"""Glorot, uniform: keeps the size of activations and of gradients from layer to layer."""

from __future__ import annotations

import math

import numpy as np

import glassnet as gn


class GlorotUniform(gn.Initializer):
    """Uniform with variance ``2 / (fan_in + fan_out)``, also called Xavier. Suits tanh and sigmoid.

    Glorot and Bengio (2010), Understanding the difficulty of training deep feedforward neural networks,
    AISTATS, equations 12 and 16.
    """

    formula = "w ~ U(-a, a),  a = sqrt(6 / (fan_in + fan_out))"

    def sample(self, shape: gn.Shape, fan_in: int, fan_out: int, rng: np.random.Generator) -> gn.Array:
        limit = math.sqrt(6 / (fan_in + fan_out))
        return rng.uniform(-limit, limit, shape)

    def moments(self, shape: gn.Shape, fan_in: int, fan_out: int) -> tuple[float, float]:
        return 0.0, 2 / (fan_in + fan_out)
