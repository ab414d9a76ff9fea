"""A run: one call of `fit`, as callbacks see it."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

from glassnet.components.component import Component, components_in
from glassnet.errors import OptionError
from glassnet.model.objective import Objective
from glassnet.support.fixed_attribute import fixed
from glassnet.training.config import FitConfig
from glassnet.training.history import History
from glassnet.training.hooks import Hooks
from glassnet.training.loop import Defaults, numbers
from glassnet.training.optimizer_step import Stepper
from glassnet.training.run_batch import RunBatch
from glassnet.training.state import RunState, restore, state_of
from glassnet.types import Array

if TYPE_CHECKING:
    from glassnet.components.callback import Callback


class Run(RunBatch):
    """Everything that belongs to one training run.

    Attributes
    ----------
    participants
        The components whose methods are called as hooks.
    batch_loss
        The loss of this step, penalties included.
    metrics
        The metrics of this epoch by the name under which they are reported.
    reported
        The figures that callbacks reported in this epoch; see `report`.
    last_vector
        Where the network holds what the run would leave, such as averaged parameters: those that training goes on
        from. Else None.
    folder
        Where the run is to be recorded, or None.

    Parameters
    ----------
    config
        What `Network.fit` was given.
    callbacks
        Those that plugins add to the ones that the user listed.
    begin
        Called when nothing has refused the run, and before its first hook.
    """

    def __init__(
        self, config: FitConfig, callbacks: Sequence[Callback] = (), begin: Callable[[Run], None] | None = None
    ) -> None:
        super().__init__(config)
        self._begin = begin
        # Not only callbacks take part: a schedule may react to validation.
        self.participants: list[Component] = [*components_in(self.options), *callbacks]
        self.memories = {id(component): SimpleNamespace() for component in self.participants}
        self.hooks = Hooks(list(components_in(self.options)), callbacks, Defaults())
        if self.folder is not None and self.hooks.of("save_state") is None:
            raise OptionError(
                f"no plugin records runs, so nothing could be written to {self.folder}; leave out folder and "
                "resume_from, or enable the plugin that does it"
            )
        if self.options.schedule is not None and self.options.schedule.needs_total_steps:
            _ = self.total_steps  # better asked here than at the first step
        self.batch_loss = math.nan
        self.total_loss = 0.0
        self.total_weight = 0.0
        self.reported: dict[str, float] = {}
        self._logs: dict[str, float] | None = {}
        self._history = History()
        self._epoch_is_complete = False
        self.last_vector: Array | None = None
        self._saved: RunState | None = None

    def prepare(self) -> None:
        """Make what computes the step: each component, or what a plugin computes with instead."""
        network, options = self.config.network, self.options
        # The optimizer first: where it is accelerated, what others need may be there already.
        self.stepper = Stepper(self.prepared(options.optimizer, len(network.vector)), network)
        self.objective = Objective(network, options.loss, options.regularizer, self._prepared_for_batch)
        self.metrics = self.objective.measuring.started(options.metrics)

    def prepared(self, component: Any, elements: int) -> Any:
        """Return what to compute with instead of a component; it computes so many elements in a step."""
        return self.hooks.calls.prepare_component(run=self, component=component, elements=elements)

    def _prepared_for_batch(self, component: Any, elements: int) -> Any:
        return self.prepared(component, elements * self.options.batch_size)

    def begin(self) -> None:
        """Note that nothing has refused the run."""
        if self._begin is not None:
            self._begin(self)

    @fixed("a run", "report figures by run.report(name, value)")
    def history(self) -> History:
        """The figures of the epochs before."""
        return self._history

    def memory(self, component: Component) -> SimpleNamespace:
        """Return where a callback, or another component of the run, keeps what it has to remember.

        Arrays and plain values in it belong to the run's `state`: they are saved, and there again when the run is
        continued. A name with a leading underscore is for what a continued run makes anew.
        """
        return self.memories[id(component)]

    # --- figures -----------------------------------------------------------------------------------------

    @property
    def logs(self) -> dict[str, float]:
        """The figures of this epoch so far, by name; computed where somebody reads them, once after each step.

        Some metrics take longer than a step.
        """
        if self._logs is None:
            self._logs = self.figures()
        return self._logs

    @logs.setter
    def logs(self, figures: dict[str, float]) -> None:
        self._logs = figures

    def figures(self) -> dict[str, float]:
        """Return the loss, the metrics and what callbacks reported of the epoch so far."""
        loss = self.total_loss / self.total_weight if self.total_weight else math.nan
        measured = numbers({name: metric.result() for name, metric in self.metrics.items()})
        return {"loss": loss, **measured, **self.reported}

    def report(self, name: str, value: float) -> None:
        """Add a figure to those of the epoch: it is in `logs`, shown, and in the history and its files.

        The last value of an epoch counts. In `on_epoch_end` it still belongs to the epoch that has just ended.

        Raises
        ------
        OptionError
            If the name is that of the loss, a metric or a validation figure, or the value is not a number.
        """
        if name == "loss" or name in self.metrics or name.startswith("val_"):
            raise OptionError(f"run.report: the name {name!r} is that of a figure of the run; choose another name")
        try:
            figure = float(value)
        except (TypeError, ValueError):
            raise OptionError(f"run.report: {name!r} must be a number, got {value!r}") from None
        self.reported[name] = figure
        self.logs[name] = figure
        if self._epoch_is_complete:
            self._history.amend(name, figure)

    def end_epoch(self) -> None:
        """Put the figures of the epoch into the history."""
        self._history.append(self.logs)
        self.epoch += 1
        self.batch_in_epoch = 0
        self._epoch_is_complete = True

    def start_epoch(self) -> None:
        """Set the totals of the epoch to zero."""
        self.total_loss = self.total_weight = 0.0
        self.reported = {}
        self._epoch_is_complete = False
        self.network.counts.epochs += 1
        for metric in self.metrics.values():
            metric.start()

    # --- the step ----------------------------------------------------------------------------------------

    def compute_gradients(self) -> float:
        """Run the network forward and backward on the batch; return the loss, penalties included.

        The first call on a batch counts it in the metrics. Further calls on the same batch do not, and a batch that
        is put in its place counts for itself.
        """
        loss = self.evaluate()
        self.note_evaluation()
        return loss

    def update(self) -> None:
        """Let callbacks see the gradients, and the optimizer take one step."""
        do = self.hooks.calls
        if do.on_after_backward:
            do.on_after_backward(run=self)
        do.optimizer_step(run=self)

    def finish_step(self, loss: float) -> None:
        """Count the batch and its loss; a short last batch counts for as many samples as it has."""
        if self._uncounted:  # a callback took the step
            self.hooks.calls.metrics_step(run=self)
        self.step += 1
        self.network.counts.steps += 1
        self.batch_in_epoch += 1
        self.batch_loss = loss
        weight = self._counted_weight or self.batch_weight
        self._counted_weight = 0.0
        self.total_loss += loss * weight
        self.total_weight += weight
        self._logs = None

    def validate(self) -> dict[str, Any]:
        """Return the loss and the metrics on the validation data."""
        measured: dict[str, Any] = self.hooks.calls.run_validation(run=self)
        return measured

    def outcome(self) -> Array | None:
        """Return the parameters that the run leaves if it ends here, or None for those that are there.

        They are the optimizer's average if it keeps one, with the step that it may have put off.
        """
        if not self.optimizer.puts_off_steps:  # then nobody asks for the step size
            return self.stepper.average()
        return self.stepper.outcome(self.lr_of(max(self.step - 1, 0)), self.step, self.evaluate)

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

    # --- state -------------------------------------------------------------------------------------------

    @property
    def computed_with(self) -> RunState:
        """What the bytes of the results depend on besides the program; a continued run must have the same."""
        return _joined(self.hooks.call("computed_with", run=self))

    def describe(self) -> RunState:
        """Return what else is to be recorded of the run."""
        return _joined(self.hooks.call("describe_run", run=self))

    def state(self) -> RunState:
        """Return a copy of everything that the run carries between two steps: arrays and plain values."""
        return state_of(self)

    def continues(self, state: RunState) -> None:
        """Note from which state the run goes on; the loop goes there when it starts."""
        self._saved = state

    @property
    def saved(self) -> RunState | None:
        """The state from which the run goes on, or None."""
        return self._saved

    @property
    def is_as_saved(self) -> bool:
        """Whether the run is continued and has taken no step since: then nothing in its folder is to change."""
        return self._saved is not None and self.step <= self._saved["step"]

    def restore(self, state: RunState) -> None:
        """Go to where a run was when its `state` was taken."""
        restore(self, state)

    def save_state(self) -> None:
        """Write the run's state to its folder, from where ``fit(resume_from=folder)`` continues.

        A network that is not finite is not saved: the state before it stays.
        """
        self.hooks.call("save_state", run=self, state=self.state())


def _joined(found: list[RunState] | None) -> RunState:
    """Return what several plugins say as one mapping."""
    return {name: value for each in found or () for name, value in each.items()}
