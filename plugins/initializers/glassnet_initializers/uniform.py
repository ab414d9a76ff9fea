"""Uniform: any value between two bounds, for every size of the layer."""

from __future__ import annotations

import numpy as np

import glassnet as gn


class Uniform(gn.Initializer):
    """Uniform between two bounds that are given.

    Source: by definition.

    Raises
    ------
    OptionError
        When `low` is above `high`.
    """

    low: float = gn.option(-0.05, help="smallest value")
    high: float = gn.option(0.05, help="largest value")

    formula = "w ~ U(low, high)"

    def __attrs_post_init__(self) -> None:
        if not self.low <= self.high:
            raise gn.OptionError(f"{self!r}: low must be <= high; swap the two")

    def sample(self, shape: gn.Shape, fan_in: int, fan_out: int, rng: np.random.Generator) -> gn.Array:
        return rng.uniform(self.low, self.high, shape)

    def moments(self, shape: gn.Shape, fan_in: int, fan_out: int) -> tuple[float, float]:
        return (self.low + self.high) / 2, (self.high - self.low) ** 2 / 12
