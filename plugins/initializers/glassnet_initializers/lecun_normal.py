"""LeCun, normal: keeps the size of activations from layer to layer where the activation keeps it too."""

from __future__ import annotations

import math

import numpy as np

import glassnet as gn


class LeCunNormal(gn.Initializer):
    """Normal with variance ``1 / fan_in``, so that a unit's sum is as large as what it reads. Suits selu.

    LeCun, Bottou, Orr and Müller (1998), Efficient BackProp, in Neural Networks: Tricks of the Trade, section 4.6,
    equation 16: the deviation is from there. For selu: Klambauer et al. (2017), arXiv:1706.02515.

    Conventions
    -----------
    The bell curve is whole; Keras and JAX cut it off at two deviations.
    """

    formula = "w ~ N(0, s^2),  s = sqrt(1 / fan_in)"

    def sample(self, shape: gn.Shape, fan_in: int, fan_out: int, rng: np.random.Generator) -> gn.Array:
        return rng.normal(0, math.sqrt(1 / fan_in), shape)

    def moments(self, shape: gn.Shape, fan_in: int, fan_out: int) -> tuple[float, float]:
        return 0.0, 1 / fan_in
