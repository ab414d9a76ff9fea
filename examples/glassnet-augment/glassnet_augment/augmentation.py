"""The base class of augmentations."""

from __future__ import annotations

import numpy as np

import glassnet as gn


class Augmentation(gn.Component):
    """Changes a batch of samples at random, so that a network never sees the same batch twice."""

    kind = "augmentation"

    def apply(self, x: gn.Array, rng: np.random.Generator) -> gn.Array:
        """Return changed samples in a new array of the same shape and type; `x` stays as it is."""
        raise NotImplementedError(f"{type(self).__name__} needs project()")
