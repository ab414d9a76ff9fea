"""The base class of optimizers that take another optimizer's place."""

from __future__ import annotations

from collections.abc import Callable

import glassnet as gn


class OptimizerWrapper(gn.Optimizer):
    """Is to all others what its optimizer is; a subclass overrides what it does in another way.

    `step` calls `update`, as of every optimizer: a subclass around one that evaluates the loss overrides `step`.
    """

    optimizer: gn.Optimizer = gn.option(kind="optimizer", help="whose place it takes")

    @property
    def lr(self) -> float:
        """The step size of the optimizer inside."""
        return self.optimizer.lr

    @property
    def slots(self) -> tuple[str, ...]:
        return self.optimizer.slots

    @property
    def scalars(self) -> tuple[str, ...]:
        return self.optimizer.scalars

    @property
    def granularity(self) -> str:
        return self.optimizer.granularity

    @property
    def puts_off_steps(self) -> bool:
        return self.optimizer.puts_off_steps

    @property
    def updates_at_zero_gradient(self) -> bool:
        return self.optimizer.updates_at_zero_gradient

    def update(self, p: gn.Array, g: gn.Array, state: dict[str, gn.Array], lr: float, t: int) -> None:
        self.optimizer.update(p, g, state, lr, t)

    def finish(
        self, p: gn.Array, g: gn.Array, state: dict[str, gn.Array], lr: float, t: int, closure: Callable[[], float]
    ) -> bool:
        return self.optimizer.finish(p, g, state, lr, t, closure)

    def averaged_parameters(self, p: gn.Array, state: dict[str, gn.Array]) -> gn.Array | None:
        return self.optimizer.averaged_parameters(p, state)
