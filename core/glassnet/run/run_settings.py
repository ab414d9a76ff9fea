"""What a run was given, and what follows from it: options, number of steps, step sizes, random numbers."""

from __future__ import annotations

from collections.abc import Callable
from copy import copy
from typing import TYPE_CHECKING, Any, NoReturn, TypeVar, cast

import numpy as np

from glassnet.data.loader import DataLoader
from glassnet.errors import FixedError, OptionError
from glassnet.run.config import FitConfig, TrainingConfig
from glassnet.support.random import Counts, stream

if TYPE_CHECKING:
    from glassnet.components.loss import Loss
    from glassnet.components.metric import Metric
    from glassnet.components.optimizer import Optimizer


T = TypeVar("T")


def fixed(owner: str, instead: str) -> Callable[[Callable[[Any], T]], T]:
    """Return a decorator like `property`, for an attribute of `owner` that raises `FixedError` when it is set."""

    def decorate(getter: Callable[[Any], T]) -> T:
        def refuse(_: Any, value: Any) -> NoReturn:
            raise FixedError(f"the {getter.__name__} of {owner} cannot be set; {instead}")

        return cast("T", property(getter, refuse, doc=getter.__doc__))

    return decorate


class RunSettings:
    """A run without what it does.

    Attributes
    ----------
    config
        What `Network.fit` was given.
    options
        The options of the training.
    data, validation
        What hands out the batches.
    step
        Steps completed.
    lr_scale
        What every step size is multiplied with: for hooks that react to how the run goes.
    stream_seed
        Where the random numbers of layers and callbacks come from: the seed, if no plugin changes it.
    began
        How far the network's random streams were used when the run began.
    """

    metrics: dict[str, Metric]

    def __init__(self, config: FitConfig) -> None:
        self.config = config
        self._network = config.network
        self.options: TrainingConfig = config.options
        self.data: DataLoader = config.data
        self.validation: DataLoader | None = config.validation
        self.folder = config.folder_path
        self.step = 0
        self.lr_scale = 1.0
        self.stream_seed = config.options.seed
        self.began: Counts = copy(config.network.counts)

    @fixed("a run", "copy into it: run.network.flat_parameters = …")
    def network(self) -> Any:
        """The `Network` that is trained. It stands above the loop, so its type is not known here."""
        return self._network

    @fixed("a run", "give it to fit: loss=…, or implement the hook loss_step")
    def loss(self) -> Loss:
        """What the network is trained towards."""
        return self.options.loss

    @fixed("a run", "give it to fit: optimizer=…")
    def optimizer(self) -> Optimizer:
        """How the network is trained."""
        return self.options.optimizer

    @fixed("a run", "end it early by a callback's should_stop")
    def epochs(self) -> int:
        """Number of epochs wanted."""
        return self.options.epochs

    @property
    def steps_per_epoch(self) -> int | None:
        """Number of batches in an epoch, the last one may be short; None if it is unknown."""
        return self.data.steps_per_epoch(self.options.batch_size)

    @property
    def total_steps(self) -> int:
        """Number of steps in the whole run.

        Raises
        ------
        OptionError
            If the data are batches of unknown number.
        """
        steps = self.steps_per_epoch
        if steps is None:
            raise OptionError(
                "the schedule or a callback needs the number of steps, and the batches have no len(); "
                "say how many batches an epoch has: gn.Batches(…, steps_per_epoch=…)"
            )
        return self.epochs * steps

    @fixed("a run", "set run.lr_scale, or give fit a schedule")
    def lr(self) -> float:
        """The step size of the next step."""
        return self.lr_of(self.step)

    def lr_of(self, step: int) -> float:
        """Return the step size of a step, counted from 0."""
        schedule, lr = self.options.schedule, self.options.optimizer.lr
        if schedule is not None:
            known = schedule.needs_total_steps or self.steps_per_epoch is not None
            lr = schedule.lr(step, self.total_steps if known else step + 1, lr)
        # A NumPy number would turn float32 arithmetic with it into float64.
        return float(lr) * self.lr_scale

    @property
    def rng(self) -> np.random.Generator:
        """Random numbers for callbacks: the same ones whenever this step is repeated."""
        return stream(self.stream_seed, "callbacks", self.began.steps + self.step)
