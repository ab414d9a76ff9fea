"""An Adam for exercises."""

from __future__ import annotations

import glassnet as gn
from glassnet_optimizers.adam import Adam

_COUNTS: dict[int, int] = {}


class LabAdam(Adam):
    """An Adam of the bug laboratory. Variant 0 is adam; each other one has a fault.

    Kingma and Ba (2015), Adam: A Method for Stochastic Optimization, ICLR, arXiv:1412.6980.
    """

    variant: int = gn.option(0, ge=0, le=2, kw_only=True, help="the exercise that the optimizer belongs to")

    @property
    def granularity(self) -> str:
        return "parameter"

    def update(self, p: gn.Array, g: gn.Array, state: dict[str, gn.Array], lr: float, t: int) -> None:
        if self.variant == 1:
            t = _COUNTS[id(self)] = _COUNTS.get(id(self), 0) + 1
        super().update(p, g, state, -lr if self.variant == 2 else lr, t)
