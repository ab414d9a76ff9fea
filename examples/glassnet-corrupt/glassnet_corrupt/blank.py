"""The corruption blank: some numbers are lost."""

from __future__ import annotations

import numpy as np

import glassnet as gn
from glassnet_corrupt.corruption import Corruption


class Blank(Corruption):
    """Sets each number of samples of any shape to 0 with a probability.

    Vincent, Larochelle, Bengio and Manzagol (2008), Extracting and Composing Robust Features with Denoising
    Autoencoders, ICML, section 2.2.
    """

    formula = "x b,  b = 0 with the probability, else 1"

    probability: float = gn.option(0.5, ge=0, le=1, help="how often a number is lost")

    def apply(self, x: gn.Array, rng: np.random.Generator) -> gn.Array:
        return np.where(rng.random(x.shape) < self.probability, x.dtype.type(0), x)
