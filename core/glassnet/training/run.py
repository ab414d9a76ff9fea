"""A run: one call of `fit`, as callbacks see it."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from copy import copy
from functools import cached_property
from pathlib import Path
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any, NoReturn

import numpy as np

from glassnet.components.component import Component, components_in
from glassnet.data.loader import DataLoader
from glassnet.data.weights import ClassWeights
from glassnet.errors import DataError, FixedError, OptionError
from glassnet.model.mask import at_real_steps, mask_of_targets, weight_of_batch, weights_of_steps
from glassnet.model.objective import Objective
from glassnet.registry.plugins import executor
from glassnet.support.files import make_folder
from glassnet.support.random import stream
from glassnet.training.config import Training
from glassnet.training.history import History
from glassnet.training.hooks import Hooks
from glassnet.training.optimizer_step import Stepper
from glassnet.training.state import RunState, restore, state_of
from glassnet.types import Array
from glassnet_accelerators.choice import Acceleration
from glassnet_divergence.watch import Watch
from glassnet_persistence.checkpoint import save_checkpoint
from glassnet_persistence.fingerprint import Contents
from glassnet_persistence.processor import rounding_environment
from glassnet_persistence.run_folder import CHECKPOINT

if TYPE_CHECKING:
    from glassnet.components.loss import Loss
    from glassnet.components.optimizer import Optimizer
    from glassnet.network import Network


class Run:
    """Everything that belongs to one training run.

    What it calls, it calls through itself, so that a component can stand in for a part: by another ``run.validate`` or
    ``run.objective.loss``. Such a part belongs to the run alone, and the network is as it was.

    Attributes
    ----------
    options
        All options of `Network.fit`.
    epoch, step
        Epochs and steps completed.
    batch_in_epoch
        Batches of this epoch completed.
    batch_loss
        The loss of this step, penalties included.
    sample_weights, metric_weights
        A weight for each sample of the batch in the loss and in the metrics, or None if all count alike.
    metrics
        The metrics of this epoch by the name under which they are reported.
    last_vector
        Where the network holds what the run would leave, such as averaged parameters: those that training goes on
        from. Else None.
    first_bad_step
        The first step whose loss was NaN or infinite, or None.
    lr_scale
        What every step size is multiplied with: for hooks that react to how the run goes.
    began
        How far the network's random streams were used when the run began.
    changes
        How the run differs from what it was started with, each time that it was continued with ``allow_changes``.
    folder
        Where the run is recorded, or None.
    acceleration
        The accelerators that it is computed with.
    watch
        Looks for NaN and infinity.

    Parameters
    ----------
    computed_with
        What the saved run was computed with that is continued: the part of its state of this name.
    contents
        Returns digests of what the run is given; called if the run is saved or continued.
    class_weights
        How much the samples of each class count in the loss, or None.
    """

    def __init__(
        self,
        network: Network,
        options: Training,
        data: DataLoader,
        validation: DataLoader | None,
        folder: Any = None,
        computed_with: RunState | None = None,
        contents: Callable[[], Contents] | None = None,
        class_weights: ClassWeights | None = None,
    ) -> None:
        self._network = network
        self.options = options
        self.data = data
        self.validation = validation
        self.epoch = 0
        self.step = 0
        self.batch_in_epoch = 0
        self._batch: tuple[Array, Array] = (np.empty((0, *network.input_shape)), np.empty((0, *network.output_shape)))
        self._batch_is_lent = self._batch_is_counted = False
        self.sample_weights: Array | None = None
        self.metric_weights: Array | None = None
        self._class_weights = class_weights
        self._counted_weight = 0.0
        self.batch_loss = math.nan
        self.total_loss = 0.0
        self.total_weight = 0.0
        self._logs: dict[str, float] | None = {}
        self._history = History()
        self.began = copy(network.counts)
        self._contents = contents
        self.changes: list[dict[str, Any]] = []
        self.lr_scale = 1.0
        # Not only callbacks take part: a schedule may react to validation.
        self.participants = list(components_in(options))
        self.memories = {id(component): SimpleNamespace() for component in self.participants}
        self.hooks = Hooks(self.participants)
        recorded = computed_with or {"accelerators": None}
        steps = None if self.steps_an_epoch is None else self.total_steps
        products = len(network.vector) * options.batch_size
        self.acceleration = Acceleration(steps, recorded["accelerators"], products)
        # The optimizer first: where it is accelerated, what others need may be there already.
        self.stepper = Stepper(self.acceleration.stand_in(options.optimizer, len(network.vector)), network)
        self.objective = Objective(network, options.loss, options.regularizer, self._stand_in)
        self.metrics = self.objective.measuring.started(options.metrics)
        self.last_vector: Array | None = None
        self.first_bad_step: int | None = None
        self._on_after_backward = self.hooks.of("on_after_backward")
        self.watch = Watch(self, self._loss_now)
        if options.schedule is not None and options.schedule.needs_total_steps:
            _ = self.total_steps  # better asked here than at the first step
        self.folder: Path | None = make_folder(folder) if folder is not None else None
        self._saved_step: int | None = None

    def _stand_in(self, component: Any, numbers: int) -> Any:
        """Return what to compute with in place of a component that goes through so many numbers for a sample."""
        return self.acceleration.stand_in(component, numbers * self.options.batch_size)

    @property
    def network(self) -> Network:
        """What is trained."""
        return self._network

    @network.setter
    def network(self, network: Network) -> NoReturn:
        raise FixedError("the network of a run cannot be set; copy into it: run.network.vector = …")

    @property
    def loss(self) -> Loss:
        """What the network is trained towards."""
        return self.options.loss

    @loss.setter
    def loss(self, loss: Loss) -> NoReturn:
        raise FixedError("the loss of a run cannot be set; replace run.objective.loss, or give it to fit: loss=…")

    @property
    def optimizer(self) -> Optimizer:
        """How the network is trained."""
        return self.options.optimizer

    @optimizer.setter
    def optimizer(self, optimizer: Optimizer) -> NoReturn:
        raise FixedError("the optimizer of a run cannot be set; give it to fit: optimizer=…")

    @property
    def history(self) -> History:
        """The figures of the epochs before."""
        return self._history

    @history.setter
    def history(self, history: History) -> NoReturn:
        raise FixedError("the history of a run cannot be set; add figures to run.logs before an epoch ends")

    @property
    def epochs(self) -> int:
        """Number of epochs wanted."""
        return self.options.epochs

    @epochs.setter
    def epochs(self, epochs: int) -> NoReturn:
        raise FixedError("the epochs of a run cannot be set; end it early by a callback's should_stop")

    @property
    def steps_an_epoch(self) -> int | None:
        """Number of batches in an epoch, the last one may be short; None where nobody knows."""
        return self.data.steps_per_epoch(self.options.batch_size)

    @property
    def total_steps(self) -> int:
        """Number of steps in the whole run.

        Raises
        ------
        OptionError
            When the data are batches of which nobody knows how many there are.
        """
        steps = self.steps_an_epoch
        if steps is None:
            raise OptionError(
                "the schedule or a callback needs the number of steps, and the batches have no len(); "
                "say how many batches an epoch has: gn.Batches(…, length=…)"
            )
        return self.epochs * steps

    @property
    def logs(self) -> dict[str, float]:
        """The figures of this epoch so far, by name; computed where somebody reads them, once after each step.

        Some metrics take longer than a step. Within a step, from `compute_gradients` on, its batch is in the metrics
        and not yet in the loss.
        """
        if self._logs is None:
            self._logs = self.figures()
        return self._logs

    @logs.setter
    def logs(self, figures: dict[str, float]) -> None:
        self._logs = figures

    @property
    def lr(self) -> float:
        """The step size of the next step."""
        return self.lr_of(self.step)

    @lr.setter
    def lr(self, lr: float) -> NoReturn:
        raise FixedError("the lr of a run cannot be set; set run.lr_scale, or give fit a schedule")

    def lr_of(self, step: int) -> float:
        """Return the step size of a step, counted from 0."""
        schedule, lr = self.options.schedule, self.optimizer.lr
        if schedule is not None:
            known = schedule.needs_total_steps or self.steps_an_epoch is not None
            lr = schedule.lr(step, self.total_steps if known else step + 1, lr)
        # A NumPy number would turn float32 arithmetic with it into float64.
        return float(lr) * self.lr_scale

    @property
    def rng(self) -> np.random.Generator:
        """Random numbers for callbacks: the same ones whenever this step is repeated."""
        return stream(self.options.seed, "callbacks", self.began.steps + self.step)

    def memory(self, component: Component) -> SimpleNamespace:
        """Return where a callback, or another component of the run, keeps what it has to remember.

        Arrays and plain values in it belong to the run's `state`: they are saved, and there again when the run is
        continued. A name with a leading underscore is for what a continued run makes anew.
        """
        return self.memories[id(component)]

    @property
    def batch(self) -> tuple[Array, Array]:
        """The samples and targets of this step.

        They are in buffers that the next batch may overwrite, so the first look at them makes a copy. A batch that is
        set keeps the weights of the samples, and has the class weights of its own targets.
        """
        if self._batch_is_lent:
            x, y = self._batch
            self._batch, self._batch_is_lent = (x.copy(), y.copy()), False
        return self._batch

    @batch.setter
    def batch(self, batch: tuple[Array, Array]) -> None:
        before, targets, weights = self._batch[1], batch[1], self.metric_weights
        self._batch, self._batch_is_lent, self._batch_is_counted = batch, False, False
        if self._class_weights is None or targets is before:
            return
        if weights is None or len(weights) == len(targets):
            self.sample_weights = self._class_weights.of_unchecked(weights, targets)

    def batches(self) -> Iterator[None]:
        """Go through the rest of this epoch's batches, in its shuffled order; each one is put in `batch`."""
        size, seed = self.options.batch_size, self.options.seed
        epoch = self.began.epochs + self.epoch
        for batch, weights in self.data.epoch_batches(size, seed, epoch, done=self.batch_in_epoch):
            self._batch, self._batch_is_lent, self._batch_is_counted = batch, True, False
            self.metric_weights = self.sample_weights = weights
            if self._class_weights is not None:
                self.sample_weights = self._class_weights.times(weights, batch[1])
            yield

    def compute_gradients(self) -> float:
        """Run the network forward and backward on the batch; return the loss, penalties included.

        The first call on a batch counts it in the metrics. Further calls on the same batch do not, and a batch that
        is put in its place counts for itself.
        """
        is_new = not self._batch_is_counted
        if self.metric_weights is not None or self.sample_weights is not None:
            self._check_weights()
        loss, predictions = self._evaluate(predictions_wanted=is_new and bool(self.metrics))
        if is_new:
            if self.metrics:
                mask = self.objective.mask
                y, predictions = at_real_steps(mask, self._batch[1]), at_real_steps(mask, predictions)
                weights = weights_of_steps(mask, self.metric_weights)
                self.objective.measuring.add(self.metrics, y, predictions, weights)
            self._counted_weight += self.batch_weight
            self._batch_is_counted = True
        self._logs = None
        return loss

    def _check_weights(self) -> None:
        """Raise `DataError` if a callback put a batch there that has not as many samples as weights."""
        for weights in (self.metric_weights, self.sample_weights):
            if weights is not None and len(weights) != self.batch_samples:
                raise DataError(
                    f"the batch has {self.batch_samples} samples and {len(weights)} weights; a callback that replaces "
                    "run.batch by another number of samples sets run.metric_weights and run.sample_weights too"
                )

    def update(self) -> None:
        """Let callbacks see the gradients, and the optimizer take one step.

        Raises
        ------
        NonFiniteError
            If a gradient or a parameter is not finite, unless ``on_divergence="continue"``.
        """
        if self._on_after_backward:
            self._on_after_backward(run=self)
        if self.watch.stops:
            self.watch.look_at_gradients()
        self.stepper.step(self.lr, self.step + 1, self._loss_now)

    def outcome(self) -> Array | None:
        """Return the parameters that the run leaves if it ends here, or None for those that are there.

        They are the optimizer's average if it keeps one, with the step that it may have put off.
        """
        if not self.optimizer.puts_off_steps:  # then nobody asks for the step size
            return self.stepper.average()
        return self.stepper.outcome(self.lr_of(max(self.step - 1, 0)), self.step, self._loss_now)

    def _loss_now(self) -> float:
        return self._evaluate(predictions_wanted=False)[0]

    def finish_step(self, loss: float) -> None:
        """Count the batch and its loss; a short last batch counts for as many samples as it has."""
        self.step += 1
        self.network.counts.steps += 1
        self.batch_in_epoch += 1
        self.batch_loss = loss
        if self.first_bad_step is None and not math.isfinite(loss):
            self.first_bad_step = self.step
        weight = self._counted_weight or self.batch_weight
        self._counted_weight = 0.0
        self.total_loss += loss * weight
        self.total_weight += weight
        self._logs = None

    def figures(self) -> dict[str, float]:
        """Return the loss and the metrics of the epoch so far."""
        loss = self.total_loss / self.total_weight if self.total_weight else math.nan
        return {"loss": loss, **numbers({name: metric.result() for name, metric in self.metrics.items()})}

    def _evaluate(self, *, predictions_wanted: bool) -> tuple[float, Array]:
        """Return loss and predictions on the batch at the present parameters, and fill the gradients anew."""
        x, y = self._batch
        return self.objective.gradients(
            x,
            y,
            self.sample_weights,
            self.began.steps + self.step,
            self.options.seed,
            predictions_wanted=predictions_wanted,
        )

    def validate(self) -> dict[str, Any]:
        """Return the loss and the metrics on the validation data."""
        assert self.validation is not None
        return self.network.measure(self.validation, self.objective, self.options.metrics)

    @property
    def batch_weight(self) -> float:
        """How much the batch counts: its samples or real time steps, or the sum of their weights."""
        y = self._batch[1]
        return weight_of_batch(mask_of_targets(self.objective.mask, y), y, self.sample_weights)

    @property
    def batch_samples(self) -> int:
        """Number of samples in the batch."""
        return len(self._batch[0])

    def sign_of(self, figure: str, mode: str, asked_by: Component) -> int:
        """Return what to multiply a figure with so that lower is better: 1 or -1.

        Parameters
        ----------
        figure
            Such as ``"val_loss"``, or the name of a metric.
        mode
            ``"min"``, ``"max"``, or ``"auto"`` for what is known of the figure.
        asked_by
            The component that has the option `mode`, for the message.

        Raises
        ------
        OptionError
            When nothing is known of the figure.
        """
        if mode != "auto":
            return 1 if mode == "min" else -1
        name = figure.removeprefix("val_")
        metric = self.metrics.get(name)
        higher_is_better = False if name == "loss" else metric.higher_is_better if metric is not None else None
        if higher_is_better is None:
            raise OptionError(
                f"{asked_by.title()}: whether a higher or a lower {figure!r} is better is not known; "
                "give mode='max' or mode='min'"
            )
        return -1 if higher_is_better else 1

    @property
    def computed_with(self) -> RunState:
        """The number of threads, and what a continued run must have as well, since the bytes depend on it."""
        return {
            "threads": executor().num_threads,
            "accelerators": self.acceleration.to_record,
            **rounding_environment(),
        }

    @cached_property
    def contents(self) -> Contents:
        """Digests of what the run was given, by the names of `fit`; empty if it was not given to `fit`."""
        return {} if self._contents is None else self._contents()

    def state(self) -> RunState:
        """Return a copy of everything that the run carries between two steps: arrays and plain values."""
        return state_of(self)

    def continues(self, state: RunState) -> None:
        """Note from which state the run will go on; `restore` goes there."""
        self._saved_step = state["step"]

    @property
    def is_as_saved(self) -> bool:
        """Whether the run is continued and has taken no step since: then nothing in its folder is to change."""
        return self._saved_step is not None and self.step <= self._saved_step

    def restore(self, state: RunState) -> None:
        """Go to where a run was when its `state` was taken; see `run_state.restore`."""
        restore(self, state)

    def save_state(self) -> None:
        """Write the run's state to its folder, from where ``fit(resume_from=folder)`` continues.

        A network that is not finite is not saved: the state before it stays.
        """
        assert self.folder is not None
        if self.watch.look_at_network():
            save_checkpoint(self.state(), self.folder / CHECKPOINT)

    @contextmanager
    def averaged(self) -> Iterator[None]:
        """Put the parameters that the run would leave if it ended here in the network for a while."""
        outcome = self.outcome()
        if outcome is None:
            yield
            return
        vector = self.network.vector
        self.last_vector = vector.copy()
        vector[:] = outcome
        try:
            yield
        finally:
            vector[:] = self.last_vector
            self.last_vector = None


def numbers(measured: dict[str, Any]) -> dict[str, float]:
    """Return the figures that are numbers: a history has no place for matrices."""
    return {name: value for name, value in measured.items() if np.ndim(value) == 0}
