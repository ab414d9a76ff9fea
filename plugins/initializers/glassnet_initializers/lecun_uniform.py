"""LeCun, uniform: keeps the size of activations from layer to layer where the activation keeps it too."""

from __future__ import annotations

import math

import numpy as np

import glassnet as gn


class LeCunUniform(gn.Initializer):
    """Uniform with variance ``1 / fan_in``, so that a unit's sum is as large as what it reads.

    LeCun, Bottou, Orr and Müller (1998), Efficient BackProp, in Neural Networks: Tricks of the Trade, section 4.6,
    equation 16: the deviation is from there, and the distribution may be any.
    """

    formula = "w ~ U(-a, a),  a = sqrt(3 / fan_in)"

    def sample(self, shape: gn.Shape, fan_in: int, fan_out: int, rng: np.random.Generator) -> gn.Array:
        limit = math.sqrt(3 / fan_in)
        return rng.uniform(-limit, limit, shape)

    def moments(self, shape: gn.Shape, fan_in: int, fan_out: int) -> tuple[float, float]:
        return 0.0, 1 / fan_in
