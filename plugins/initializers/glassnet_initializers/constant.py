"""Constant: the same value everywhere."""

from __future__ import annotations

import numpy as np

import glassnet as gn


class Constant(gn.Initializer):
    """Every value the same. Source: by definition."""

    value: float = gn.option(0.0, help="the value")

    formula = "w = value"

    def sample(self, shape: gn.Shape, fan_in: int, fan_out: int, rng: np.random.Generator) -> gn.Array:
        return np.full(shape, self.value)

    def moments(self, shape: gn.Shape, fan_in: int, fan_out: int) -> tuple[float, float]:
        return self.value, 0.0
