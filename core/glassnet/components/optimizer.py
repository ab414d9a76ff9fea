"""The base classes of optimizers, and of schedules, which say how large their steps are."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from glassnet.components.component import Component
from glassnet.types import Array


class Optimizer(Component):
    """Changes parameters by their gradients. An optimizer has an option ``lr``, its step size.

    A subclass sets a property such as `slots` as a class variable, or overrides it where it depends on options.
    """

    kind = "optimizer"

    @property
    def slots(self) -> tuple[str, ...]:
        """Names of the state arrays, each as large as the parameters and zero at the start."""
        return ()

    @property
    def scalars(self) -> tuple[str, ...]:
        """Names of single numbers to carry along, in float64 arrays of one element, zero at the start."""
        return ()

    @property
    def granularity(self) -> str:
        """What one call of `update` gets.

        ``"chunk"``
            A flat piece of the parameters that fits the cache, for formulas that treat each element alone.
        ``"contiguous"``
            The same, as long as may be, for code that goes through memory only once, and has threads share it.
        ``"parameter"``
            One parameter in its own shape.
        ``"model"``
            All parameters as one flat vector.

        Of millions of parameters, several threads update a chunk each.
        """
        return "chunk"

    @property
    def puts_off_steps(self) -> bool:
        """Whether gradients may be kept for a later step. Then `finish` takes it."""
        return False

    @property
    def updates_at_zero_gradient(self) -> bool:
        """Whether a parameter whose gradient has always been zero is changed all the same, as by weight decay."""
        return False

    if TYPE_CHECKING:

        @property
        def lr(self) -> float:
            """The step size, before any schedule."""

    def step(
        self, p: Array, g: Array, state: dict[str, Array], lr: float, t: int, closure: Callable[[], float]
    ) -> None:
        """Take one step, in place; by default an `update`.

        An optimizer that has to look at the loss several times a step overrides this in place of `update`.

        Parameters
        ----------
        p, g, state, lr, t
            As for `update`.
        closure
            Returns the loss at the present parameters and fills the gradients anew, on the same batch.
        """
        self.update(p, g, state, lr, t)

    def finish(
        self, p: Array, g: Array, state: dict[str, Array], lr: float, t: int, closure: Callable[[], float]
    ) -> bool:
        """Take the step that was put off, in place, and return whether there was one; see ``accumulate``.

        The parameters are as for `step`; `lr` and `t` are those of the last step.
        """
        return False

    def averaged_parameters(self, p: Array, state: dict[str, Array]) -> Array | None:
        """Return the values to use the network with, where these are not the last ones; see ``ema``.

        The network is validated with them, and holds them when training is over.
        """
        return None

    def update(self, p: Array, g: Array, state: dict[str, Array], lr: float, t: int) -> None:
        """Take one step, in place.

        Parameters
        ----------
        p, g
            Parameters, to be changed, and their gradients, which may be overwritten.
        state
            The slots' arrays for the same elements and the scalars, to be changed.
        lr
            Step size now: what the schedule made of the option ``lr``.
        t
            Number of this step, from 1. It counts steps, however many calls one step takes.
        """
        raise NotImplementedError(f"{type(self).__name__} needs update()")

    def update_terms(self, p: Array, g: Array, state: dict[str, Array], lr: float, t: int) -> dict[str, Array] | None:
        """Return why an update is not plain gradient descent, ``-lr g``: each term of the difference by its name.

        It is for `explain`. None, the default, has it find terms by leaving out one ingredient after another.

        Parameters
        ----------
        p, g, state, lr, t
            As `update` is given them, before it changes anything. They are to be read only.

        Returns
        -------
        dict
            Terms such as ``{"momentum": …}``, each of the shape of `p`. With ``-lr g`` they add up to the change that
            `update` makes.
        """
        return None


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
