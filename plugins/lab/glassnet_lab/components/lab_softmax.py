"""A softmax for exercises."""

from __future__ import annotations

import glassnet as gn
from glassnet_activations.softmax import Softmax


class LabSoftmax(Softmax):
    """A softmax of the bug laboratory. Variant 0 is softmax; each other one has a fault.

    Bridle (1990), Probabilistic Interpretation of Feedforward Classification Network Outputs.
    """

    variant: int = gn.option(0, ge=0, le=1, kw_only=True, help="the exercise that the activation belongs to")

    # A loss that is fused with it would never call its backward.
    inverse_link = None  # type: ignore[assignment]

    def backward(self, dy: gn.Array, x: gn.Array, y: gn.Array) -> gn.Array:
        return dy if self.variant == 1 else super().backward(dy, x, y)
