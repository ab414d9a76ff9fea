"""The corruption jitter: every number is moved a little."""

from __future__ import annotations

import numpy as np

import glassnet as gn
from glassnet_corrupt.corruption import Corruption


class Jitter(Corruption):
    """Adds normal noise to samples of any shape.

    Bishop (1995), Training with Noise is Equivalent to Tikhonov Regularization, Neural Computation 7(1).
    """

    formula = "x + strength n,  n normal with mean 0 and standard deviation 1"

    strength: float = gn.option(0.1, ge=0, help="standard deviation of the noise")

    def apply(self, x: gn.Array, rng: np.random.Generator) -> gn.Array:
        noise = rng.standard_normal(x.shape)
        return (x + self.strength * noise).astype(x.dtype)
