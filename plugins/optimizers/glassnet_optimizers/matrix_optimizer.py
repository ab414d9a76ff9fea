"""An optimizer for matrices, which leaves all other parameters to another optimizer."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, ClassVar

import glassnet as gn


class MatrixOptimizer(gn.Optimizer):
    """Updates matrices. A subclass has an option `others`, the optimizer of what has one axis.

    Attributes
    ----------
    own_slots
        Names of what it keeps itself.
    """

    own_slots: ClassVar[tuple[str, ...]] = ()
    granularity = "parameter"

    if TYPE_CHECKING:

        @property
        def others(self) -> gn.Optimizer:
            """The optimizer of what has one axis."""

    @property
    def slots(self) -> tuple[str, ...]:
        """What it keeps itself, and what the other optimizer keeps."""
        return (*self.own_slots, *(f"others {name}" for name in self.others.slots))

    @property
    def scalars(self) -> tuple[str, ...]:
        """What the other optimizer keeps."""
        return tuple(f"others {name}" for name in self.others.scalars)

    def step(
        self, p: gn.Array, g: gn.Array, state: dict[str, gn.Array], lr: float, t: int, closure: Callable[[], float]
    ) -> None:
        if p.ndim < 2:
            self.others.step(p, g, self.state_of_others(state), lr * self.others.lr / self.lr, t, closure)
        else:
            self.update(p, g, state, lr, t)

    def averaged_parameters(self, p: gn.Array, state: dict[str, gn.Array]) -> gn.Array | None:
        return self.others.averaged_parameters(p, self.state_of_others(state)) if p.ndim < 2 else None

    def state_of_others(self, state: dict[str, gn.Array]) -> dict[str, gn.Array]:
        """Return the part of `state` that is the other optimizer's, under that one's names."""
        return {name: state[f"others {name}"] for name in (*self.others.slots, *self.others.scalars)}
