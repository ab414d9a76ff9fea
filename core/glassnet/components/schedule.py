"""The base class of schedules."""

from __future__ import annotations

from glassnet.components.component import Component


class Schedule(Component):
    """Says how large a step the optimizer takes, over the length of a run."""

    kind = "schedule"

    @property
    def needs_total_steps(self) -> bool:
        """Whether `lr` depends on the length of the run.

        A schedule that does not can be used with batches of unknown number, and is then given ``step + 1``.
        """
        return True

    def lr(self, step: int, total_steps: int, base_lr: float) -> float:
        """Return the step size.

        Parameters
        ----------
        step
            Number of steps already taken: 0 for the first step, ``total_steps - 1`` for the last.
        total_steps
            Number of steps in the whole run.
        base_lr
            The optimizer's own ``lr``.
        """
        raise NotImplementedError(f"{type(self).__name__} needs lr()")
