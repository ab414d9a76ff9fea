"""Accumulate: another optimizer, which steps with the mean gradient of several batches."""

from __future__ import annotations

from collections.abc import Callable

import glassnet as gn
from glassnet_optimizers.stateful_wrapper import StatefulWrapper


class Accumulate(StatefulWrapper):
    """Gradient accumulation: large batches where only small ones fit into memory.

    Ott et al. (2018), Scaling Neural Machine Translation, arXiv:1806.00187, section 3.2.

    Parameters stand still between two steps of the optimizer inside, which counts its own steps alone. A schedule goes
    on with every batch. A short last batch of an epoch counts as much as any other, and the sum goes on from one epoch
    to the next. Batches that are left over when a run ends are a last, smaller step with their own mean. Validation and
    the saved model see the network with this step; training goes on without it. An optimizer inside that evaluates the
    loss several times a step, such as `lbfgs`, sees the last of the batches only.
    """

    steps: int = gn.option(4, ge=1, help="batches a step")

    examples = ("accumulate", "accumulate(nadam(lr=0.01), steps=2)")
    formula = (
        "sum = sum + g;  after every `steps` batches a step with  sum / steps,  and sum = 0;  "
        "for the last n < steps batches of a run a step with  sum / n"
    )
    own_slots = ("sum",)
    puts_off_steps = True

    def step(
        self, p: gn.Array, g: gn.Array, state: dict[str, gn.Array], lr: float, t: int, closure: Callable[[], float]
    ) -> None:
        total = state["sum"]
        total += g
        if t % self.steps == 0:
            g[...] = total / self.steps
            self.optimizer.step(p, g, self.inside(state), lr, t // self.steps, closure)
            total[...] = 0

    def finish(
        self, p: gn.Array, g: gn.Array, state: dict[str, gn.Array], lr: float, t: int, closure: Callable[[], float]
    ) -> bool:
        steps, left = divmod(t, self.steps)
        inside = self.inside(state)
        if left:
            steps += 1
            g[...] = state["sum"] / left
            self.optimizer.step(p, g, inside, lr, steps, closure)
        return self.optimizer.finish(p, g, inside, lr, steps, closure) or left > 0

    def averaged_parameters(self, p: gn.Array, state: dict[str, gn.Array]) -> gn.Array | None:
        return self.optimizer.averaged_parameters(p, self.inside(state))

    def update_terms(
        self, p: gn.Array, g: gn.Array, state: dict[str, gn.Array], lr: float, t: int
    ) -> dict[str, gn.Array] | None:
        if t % self.steps:
            return {"put off": lr * g}
        mean = (state["sum"] + g) / self.steps
        terms = self.optimizer.update_terms(p, mean, self.inside(state), lr, t // self.steps)
        return None if terms is None else {"other batches": -lr * (mean - g), **terms}
