"""Glorot, normal: keeps the size of activations and of gradients from layer to layer."""

from __future__ import annotations

import math

import numpy as np

import glassnet as gn


class GlorotNormal(gn.Initializer):
    """Normal with variance ``2 / (fan_in + fan_out)``, also called Xavier. Suits tanh and sigmoid.

    Glorot and Bengio (2010), Understanding the difficulty of training deep feedforward neural networks,
    AISTATS, equation 12.
    """

    formula = "w ~ N(0, s^2),  s = sqrt(2 / (fan_in + fan_out))"

    def sample(self, shape: gn.Shape, fan_in: int, fan_out: int, rng: np.random.Generator) -> gn.Array:
        return rng.normal(0, math.sqrt(2 / (fan_in + fan_out)), shape)

    def moments(self, shape: gn.Shape, fan_in: int, fan_out: int) -> tuple[float, float]:
        return 0.0, 2 / (fan_in + fan_out)
