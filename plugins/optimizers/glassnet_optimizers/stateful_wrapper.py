"""What optimizers that hold another one have in common."""

from __future__ import annotations

from typing import ClassVar

import glassnet as gn


class StatefulWrapper(gn.OptimizerWrapper):
    """An optimizer around another one, with state of its own beside that one's.

    Attributes
    ----------
    own_slots, own_scalars
        Names of what it keeps itself.
    """

    own_slots: ClassVar[tuple[str, ...]] = ()
    own_scalars: ClassVar[tuple[str, ...]] = ()

    optimizer: gn.Optimizer = gn.option("adam", kind="optimizer", help="what takes the steps")

    @property
    def granularity(self) -> str:
        """What the optimizer inside works on; of a stretch a chunk at a time, for what is done around it."""
        inside = self.optimizer.granularity
        return "chunk" if inside == "contiguous" else inside

    @property
    def slots(self) -> tuple[str, ...]:
        """What it keeps itself, and what the optimizer inside keeps."""
        return (*self.own_slots, *map(_inside, self.optimizer.slots))

    @property
    def scalars(self) -> tuple[str, ...]:
        """What it keeps itself, and what the optimizer inside keeps."""
        return (*self.own_scalars, *map(_inside, self.optimizer.scalars))

    def inside(self, state: dict[str, gn.Array]) -> dict[str, gn.Array]:
        """Return the part of `state` that is the optimizer's inside, under that one's names."""
        return {name: state[_inside(name)] for name in (*self.optimizer.slots, *self.optimizer.scalars)}


def _inside(name: str) -> str:
    return f"inside {name}"
