"""Zeros, such as first biases."""

from __future__ import annotations

import numpy as np

import glassnet as gn


class Zeros(gn.Initializer):
    """Every value 0. Weights that start like this stay equal to each other: it is for biases.

    Source: by definition.
    """

    formula = "w = 0"

    def sample(self, shape: gn.Shape, fan_in: int, fan_out: int, rng: np.random.Generator) -> gn.Array:
        return np.zeros(shape)

    def moments(self, shape: gn.Shape, fan_in: int, fan_out: int) -> tuple[float, float]:
        return 0.0, 0.0
