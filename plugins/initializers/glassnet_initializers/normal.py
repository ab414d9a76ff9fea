"""Normal: a bell curve whose width does not depend on the layer's size."""

from __future__ import annotations

import numpy as np

import glassnet as gn


class Normal(gn.Initializer):
    """Normal with a mean and a standard deviation that are given. Source: by definition."""

    mean: float = gn.option(0.0, help="centre of the distribution")
    std: float = gn.option(0.05, ge=0, log=True, help="standard deviation")

    formula = "w ~ N(mean, std^2)"

    def sample(self, shape: gn.Shape, fan_in: int, fan_out: int, rng: np.random.Generator) -> gn.Array:
        return rng.normal(self.mean, self.std, shape)

    def moments(self, shape: gn.Shape, fan_in: int, fan_out: int) -> tuple[float, float]:
        return self.mean, self.std**2
