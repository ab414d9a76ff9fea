"""A run: one call of `fit`, as callbacks see it."""

from __future__ import annotations

import math
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import numpy as np

from glassnet.arrays import Array
from glassnet.callback import Callback
from glassnet.data import Feed
from glassnet.experiment import Training
from glassnet.files import make_folder
from glassnet.history import History
from glassnet.hooks import Hooks
from glassnet.objective import Objective
from glassnet.randomness import stream
from glassnet.stepper import Stepper

if TYPE_CHECKING:
    from glassnet.network import Network


class Run:
    """Everything that belongs to one training run.

    Attributes
    ----------
    network, loss, optimizer
        What is trained, towards what, and how.
    options
        All options of `Network.fit`.
    epoch, step
        Epochs and steps completed.
    batch, batch_loss
        The samples and targets of this step, and its loss, penalties included.
    metrics
        The metrics of this epoch by the name under which they are reported.
    logs
        The figures of this epoch so far.
    history
        The figures of the epochs before.
    folder
        Where the run is recorded, or None.
    """

    def __init__(
        self, network: Network, options: Training, data: Feed, validation: Feed | None, folder: Any = None
    ) -> None:
        self.network = network
        self.options = options
        self.loss = options.loss
        self.optimizer = options.optimizer
        self.data = data
        self.validation = validation
        self.folder: Path | None = make_folder(folder) if folder is not None else None
        self.epoch = 0
        self.step = 0
        self.batch: tuple[Array, Array] = (data.x[:0], data.y[:0])
        self.batch_loss = math.nan
        self.logs: dict[str, float] = {}
        self.history = History()
        self.hooks = Hooks(options.callbacks)
        self.objective = Objective(network, options.loss, options.regularizer)
        self.metrics = {repr(metric): metric.started() for metric in options.metrics}
        self._stepper = Stepper(options.optimizer, network)
        self._on_after_backward = self.hooks.of("on_after_backward")
        self._memories = {id(callback): SimpleNamespace() for callback in options.callbacks}

    @property
    def epochs(self) -> int:
        """Number of epochs wanted."""
        return self.options.epochs

    @property
    def steps_an_epoch(self) -> int:
        """Number of batches in an epoch; the last one may be short."""
        return math.ceil(len(self.data) / self.options.batch_size)

    @property
    def total_steps(self) -> int:
        """Number of steps in the whole run."""
        return self.epochs * self.steps_an_epoch

    @property
    def lr(self) -> float:
        """The step size of the next step."""
        schedule = self.options.schedule
        if schedule is None:
            return self.optimizer.lr
        return schedule.lr(self.step, self.total_steps, self.optimizer.lr)

    @property
    def rng(self) -> np.random.Generator:
        """Random numbers for callbacks: the same ones whenever this step is repeated."""
        return stream(self.options.seed, "callbacks", self.step)

    def memory(self, callback: Callback) -> SimpleNamespace:
        """Return where `callback` keeps what it has to remember during this run."""
        return self._memories[id(callback)]

    def batches(self) -> Iterator[tuple[Array, Array]]:
        """Iterate over the training data of this epoch in its shuffled order."""
        order = stream(self.options.seed, "shuffle", self.epoch).permutation(len(self.data))
        for start in range(0, len(order), self.options.batch_size):
            yield self.data.chosen(order[start : start + self.options.batch_size])

    def compute_gradients(self) -> float:
        """Run the network forward and backward on the batch; return the loss, penalties included."""
        x, y = self.batch
        loss, predictions = self.objective.gradients(x, y, self.step, self.options.seed, bool(self.metrics))
        for metric in self.metrics.values():
            metric.update(y, predictions)
        return loss

    def update(self) -> None:
        """Let callbacks see the gradients, and the optimizer take one step."""
        if self._on_after_backward:
            self._on_after_backward(run=self)
        self._stepper.step(self.lr, self.step + 1)
