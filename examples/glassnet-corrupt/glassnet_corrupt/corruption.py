"""The base class of corruptions."""

from __future__ import annotations

import numpy as np

import glassnet as gn


class Corruption(gn.Component):
    """Damages a batch of samples at random, so that a network learns to do without a part of its inputs."""

    kind = "corruption"

    def apply(self, x: gn.Array, rng: np.random.Generator) -> gn.Array:
        """Return damaged samples in a new array of the same shape and type; `x` stays as it is."""
        raise NotImplementedError(f"{type(self).__name__} needs apply()")
