"""Accumulate: another optimizer, which steps with the mean gradient of several batches."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

import glassnet as gn


class Accumulate(gn.Optimizer):
    """Gradient accumulation: large batches where only small ones fit into memory.

    Ott et al. (2018), Scaling Neural Machine Translation, arXiv:1806.00187, section 3.2.

    Parameters stand still between two steps of the optimizer inside, which counts its own steps alone. A schedule goes
    on with every batch. A short last batch of an epoch counts as much as any other, and an epoch's end is none for the
    sum; batches that are left over when a run ends change nothing. An optimizer inside that evaluates the loss several
    times a step, such as `lbfgs`, sees the last of the batches only.
    """

    optimizer: gn.Optimizer = gn.option("adam", kind="optimizer", help="what takes the steps")
    steps: int = gn.option(4, ge=1, help="batches a step")

    examples = ("accumulate", "accumulate(nadam(lr=0.01), steps=2)")
    formula = "sum = sum + g;  after every `steps` batches a step with  sum / steps,  and sum = 0"

    @property
    def lr(self) -> float:
        """The step size of the optimizer inside."""
        return self.optimizer.lr

    @property
    def works_on(self) -> str:  # type: ignore[override]
        """What the optimizer inside works on."""
        return self.optimizer.works_on

    @property
    def moves_without_gradient(self) -> bool:  # type: ignore[override]
        """Whether the optimizer inside does."""
        return self.optimizer.moves_without_gradient

    @property
    def slots(self) -> tuple[str, ...]:  # type: ignore[override]
        """The sum, and what the optimizer inside keeps."""
        return ("sum", *(f"inside {name}" for name in self.optimizer.slots))

    @property
    def scalars(self) -> tuple[str, ...]:  # type: ignore[override]
        """What the optimizer inside keeps."""
        return tuple(f"inside {name}" for name in self.optimizer.scalars)

    def step(
        self, p: gn.Array, g: gn.Array, state: dict[str, gn.Array], lr: float, t: int, evaluate: Callable[[], float]
    ) -> None:
        total = state["sum"]
        total += g
        if t % self.steps == 0:
            np.divide(total, self.steps, out=g)
            self.optimizer.step(p, g, self._inside(state), lr, t // self.steps, evaluate)
            total[...] = 0

    def average(self, p: gn.Array, state: dict[str, gn.Array]) -> gn.Array | None:
        return self.optimizer.average(p, self._inside(state))

    def _inside(self, state: dict[str, gn.Array]) -> dict[str, gn.Array]:
        return {name: state[f"inside {name}"] for name in (*self.optimizer.slots, *self.optimizer.scalars)}
