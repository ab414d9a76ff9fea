"""The replacement for an optimizer."""

from __future__ import annotations

from functools import cached_property, lru_cache

import numpy as np

import glassnet as gn
from glassnet.components.services import serial_for
from glassnet_fusion.fused_update import FusedUpdate
from glassnet_fusion.replacement import Replacement

# What the kernel gives an optimizer that treats each element alone, and with how many parameters threads share chunks.
CHUNK, SHARED = 65_536, 500_000


class FusedOptimizer(Replacement, gn.OptimizerWrapper):
    """Takes the steps of another optimizer in one pass over the memory, to the same bytes."""

    replaces = "optimizer"

    @property
    def granularity(self) -> str:
        inside = self.optimizer.granularity
        # Numbers of the state are kept for each group, so with some the groups have to be the same.
        return "contiguous" if inside == "chunk" and not self.optimizer.scalars else inside

    @cached_property
    def _update(self) -> FusedUpdate:
        return update_of(self.optimizer)

    def update(self, p: gn.Array, g: gn.Array, state: dict[str, gn.Array], lr: float, t: int) -> None:
        if self._update.take(p, g, state, lr, t):
            return
        if self.granularity == self.optimizer.granularity or p.size <= CHUNK:
            self.optimizer.update(p, g, state, lr, t)
            return

        def update_chunk(number: int, worker: int) -> None:
            some = np.s_[number * CHUNK : (number + 1) * CHUNK]
            views = {name: slot[some] for name, slot in state.items()}
            self.optimizer.update(p[some], g[some], now := dict(views), lr, t)
            for name, view in views.items():
                if now[name] is not view:  # the update has put another array there
                    view[...] = now[name]

        for_each = gn.executor().parallel_for if p.size >= SHARED else serial_for
        for_each(-(-p.size // CHUNK), update_chunk)

    def update_terms(
        self, p: gn.Array, g: gn.Array, state: dict[str, gn.Array], lr: float, t: int
    ) -> dict[str, gn.Array] | None:
        return self.optimizer.update_terms(p, g, state, lr, t)


@lru_cache(maxsize=512)
def update_of(optimizer: gn.Optimizer) -> FusedUpdate:
    """Return the fused step of an optimizer."""
    # Components hold nothing from a run; what is compiled is found by the component.
    return FusedUpdate(optimizer)
