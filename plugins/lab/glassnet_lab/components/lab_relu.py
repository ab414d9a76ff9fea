"""A relu for exercises."""

from __future__ import annotations

import glassnet as gn
from glassnet_activations.relu import Relu


class LabRelu(Relu):
    """A relu of the bug laboratory. Variant 0 is relu; each other one has a fault.

    Nair and Hinton (2010), Rectified Linear Units Improve Restricted Boltzmann Machines, ICML.
    """

    variant: int = gn.option(0, ge=0, le=1, kw_only=True, help="the exercise that the activation belongs to")

    def backward(self, dy: gn.Array, x: gn.Array, y: gn.Array) -> gn.Array:
        return dy if self.variant == 1 else super().backward(dy, x, y)
