"""A dropout for exercises."""

from __future__ import annotations

from typing import Any

import numpy as np

import glassnet as gn
from glassnet_layers.dropout import Dropout


class LabDropout(Dropout):
    """A dropout of the bug laboratory. Variant 0 is dropout; each other one has a fault.

    Srivastava, Hinton, Krizhevsky, Sutskever and Salakhutdinov (2014), Dropout, JMLR 15.
    """

    variant: int = gn.option(0, ge=0, le=2, kw_only=True, help="the exercise that the layer belongs to")

    def forward(self, params: gn.Arrays, x: gn.Array, ctx: gn.Context) -> tuple[gn.Array, Any]:
        if self.variant == 0 or (self.variant == 2 and not ctx.training):
            return super().forward(params, x, ctx)
        draws = ctx.rng.random(x.shape) if self.variant == 1 else np.random.random(x.shape)
        mask = ((draws >= self.rate) / (1 - self.rate)).astype(x.dtype)
        return x * mask, mask
