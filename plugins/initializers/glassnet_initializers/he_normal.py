"""He, normal: keeps the size of activations from layer to layer where relu halves them."""

from __future__ import annotations

import math

import numpy as np

import glassnet as gn


class HeNormal(gn.Initializer):
    """Normal with variance ``2 / fan_in``, also called Kaiming. Suits relu.

    He, Zhang, Ren and Sun (2015), Delving Deep into Rectifiers, arXiv:1502.01852, equation 10.
    """

    formula = "w ~ N(0, s^2),  s = sqrt(2 / fan_in)"

    def sample(self, shape: gn.Shape, fan_in: int, fan_out: int, rng: np.random.Generator) -> gn.Array:
        return rng.normal(0, math.sqrt(2 / fan_in), shape)

    def moments(self, shape: gn.Shape, fan_in: int, fan_out: int) -> tuple[float, float]:
        return 0.0, 2 / fan_in
