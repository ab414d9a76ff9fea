"""A momentum for exercises."""

from __future__ import annotations

import numpy as np

import glassnet as gn
from glassnet_optimizers.momentum import Momentum


class LabMomentum(Momentum):
    """A momentum of the bug laboratory. Variant 0 is momentum; each other one has a fault.

    Polyak (1964), Some methods of speeding up the convergence of iteration methods.
    """

    variant: int = gn.option(0, ge=0, le=1, kw_only=True, help="the exercise that the optimizer belongs to")

    def update(self, p: gn.Array, g: gn.Array, state: dict[str, gn.Array], lr: float, t: int) -> None:
        if self.variant == 0:
            super().update(p, g, state, lr, t)
            return
        v = state["v"]
        v *= self.momentum
        v -= lr * np.asarray(g)
        p -= v
