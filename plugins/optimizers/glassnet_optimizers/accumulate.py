"""Accumulate: another optimizer, which steps with the mean gradient of several batches."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

import glassnet as gn
from glassnet_optimizers.holding import Holding


class Accumulate(Holding):
    """Gradient accumulation: large batches where only small ones fit into memory.

    Ott et al. (2018), Scaling Neural Machine Translation, arXiv:1806.00187, section 3.2.

    Parameters stand still between two steps of the optimizer inside, which counts its own steps alone. A schedule goes
    on with every batch. A short last batch of an epoch counts as much as any other, and an epoch's end is none for the
    sum; batches that are left over when a run ends change nothing. An optimizer inside that evaluates the loss several
    times a step, such as `lbfgs`, sees the last of the batches only.
    """

    steps: int = gn.option(4, ge=1, help="batches a step")

    examples = ("accumulate", "accumulate(nadam(lr=0.01), steps=2)")
    formula = "sum = sum + g;  after every `steps` batches a step with  sum / steps,  and sum = 0"
    own_slots = ("sum",)

    def step(
        self, p: gn.Array, g: gn.Array, state: dict[str, gn.Array], lr: float, t: int, evaluate: Callable[[], float]
    ) -> None:
        total = state["sum"]
        total += g
        if t % self.steps == 0:
            np.divide(total, self.steps, out=g)
            self.optimizer.step(p, g, self.inside(state), lr, t // self.steps, evaluate)
            total[...] = 0

    def average(self, p: gn.Array, state: dict[str, gn.Array]) -> gn.Array | None:
        return self.optimizer.average(p, self.inside(state))
