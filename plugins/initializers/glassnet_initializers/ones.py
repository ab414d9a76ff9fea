"""Ones, such as first scale factors."""

from __future__ import annotations

import numpy as np

import glassnet as gn


class Ones(gn.Initializer):
    """Every value 1. Source: by definition."""

    formula = "w = 1"

    def sample(self, shape: gn.Shape, fan_in: int, fan_out: int, rng: np.random.Generator) -> gn.Array:
        return np.ones(shape)

    def moments(self, shape: gn.Shape, fan_in: int, fan_out: int) -> tuple[float, float]:
        return 1.0, 0.0
