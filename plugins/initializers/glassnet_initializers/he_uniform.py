"""He, uniform: keeps the size of activations from layer to layer where relu halves them."""

from __future__ import annotations

import math

import numpy as np

import glassnet as gn


class HeUniform(gn.Initializer):
    """Uniform with variance ``2 / fan_in``, also called Kaiming. Suits relu.

    He, Zhang, Ren and Sun (2015), Delving Deep into Rectifiers, arXiv:1502.01852, equation 10: the variance is
    from there, the uniform distribution is common practice.
    """

    formula = "w ~ U(-a, a),  a = sqrt(6 / fan_in)"

    def sample(self, shape: gn.Shape, fan_in: int, fan_out: int, rng: np.random.Generator) -> gn.Array:
        limit = math.sqrt(6 / fan_in)
        return rng.uniform(-limit, limit, shape)

    def moments(self, shape: gn.Shape, fan_in: int, fan_out: int) -> tuple[float, float]:
        return 0.0, 2 / fan_in
