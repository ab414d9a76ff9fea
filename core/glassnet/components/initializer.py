"""The base class of initializers."""

from __future__ import annotations

import numpy as np

from glassnet.components.component import Component
from glassnet.types import Array, Shape


class Initializer(Component):
    """Gives a parameter its first values."""

    kind = "initializer"

    def moments(self, shape: Shape, fan_in: int, fan_out: int) -> tuple[float, float]:
        """Return the mean and the variance that samples have; the arguments are those of `sample`."""
        raise NotImplementedError(f"{type(self).__name__} needs moments()")

    def sample(self, shape: Shape, fan_in: int, fan_out: int, rng: np.random.Generator) -> Array:
        """Return an array of `shape`.

        Parameters
        ----------
        shape
            Shape of the parameter.
        fan_in, fan_out
            How many values one unit reads, and how many units read one value.
        rng
            The parameter's own stream of random numbers.
        """
        raise NotImplementedError(f"{type(self).__name__} needs sample()")
