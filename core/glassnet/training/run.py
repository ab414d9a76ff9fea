"""A run: one call of `fit`, as callbacks see it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

from glassnet.components.component import Component, components_in
from glassnet.errors import OptionError
from glassnet.model.objective import Objective
from glassnet.run.config import FitConfig
from glassnet.run.hooks import Hooks
from glassnet.run.run_figures import RunFigures
from glassnet.training.optimizer_step import BoundOptimizer
from glassnet.types import Array

if TYPE_CHECKING:
    from glassnet.run.run_hooks import Callback


class Run(RunFigures):
    """Everything that belongs to one training run.

    Attributes
    ----------
    components
        The components whose methods are called as hooks.
    last_vector
        Where the network holds what the run would leave, such as averaged parameters: those that training goes on
        from. Else None.
    folder
        Where the run is to be recorded, or None.
    saved
        The state from which the run goes on, as a plugin has read it; None for a run that starts anew.
    starts_over
        Whether the run starts anew though there are results of it: it was broken off before a state was saved.

    Parameters
    ----------
    config
        What `Network.fit` was given.
    callbacks
        Those that plugins add to the ones that the user listed.
    defaults
        Its methods are called as hooks after all others: `glassnet.training.loop.Defaults`.
    begin
        Called when nothing has refused the run, and before its first hook.
    """

    def __init__(
        self, config: FitConfig, callbacks: Sequence[Callback], defaults: object, begin: Callable[[Run], None] | None
    ) -> None:
        super().__init__(config)
        self._begin = begin
        # Not only callbacks take part: a schedule may react to validation.
        listed = list(components_in(self.options))
        self.components: list[Component] = [*listed, *callbacks]
        self.memories = {id(component): SimpleNamespace() for component in self.components}
        self.hooks = Hooks(listed, callbacks, defaults)
        if self.folder is not None and not self.hooks.implementing("save_state"):
            raise OptionError(
                f"no plugin records runs, so nothing could be written to {self.folder}; leave out folder and "
                "resume_from, or enable the plugin that does it"
            )
        if self.options.schedule is not None and self.options.schedule.needs_total_steps:
            _ = self.total_steps  # better asked here than at the first step
        self.last_vector: Array | None = None
        self.saved: dict[str, Any] | None = None
        self.starts_over = False

    def prepare(self) -> None:
        """Make what computes the step: each component, or what a plugin computes with instead."""
        network, options = self.config.network, self.options
        # The optimizer first: where it is accelerated, what others need may be there already.
        self.bound_optimizer = BoundOptimizer(self.prepared(options.optimizer, len(network.flat_parameters)), network)
        self.objective = Objective(network, options.loss, options.regularizer, self._prepared_for_batch)
        self.metrics = self.objective.measuring.fresh(options.metrics)

    def prepared(self, component: Any, elements: int) -> Any:
        """Return a faster replacement for a component with this number of elements a step, or the component."""
        prepare = self.hooks.calls.prepare_component
        found = None if prepare is None else prepare(run=self, component=component, elements=elements)
        return component if found is None else found

    def _prepared_for_batch(self, component: Any, elements: int) -> Any:
        return self.prepared(component, elements * self.options.batch_size)

    def begin(self) -> None:
        """Note that nothing has refused the run."""
        if self._begin is not None:
            self._begin(self)

    def state_of(self, component: Component) -> SimpleNamespace:
        """Return where a callback, or another component of the run, keeps what it has to remember.

        Arrays and plain values in it belong to the run's `state`: they are saved, and there again when the run is
        continued. A name with a leading underscore is for what a continued run makes anew.
        """
        return self.memories[id(component)]

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
        self._network.counts.steps += 1
        self.batch_in_epoch += 1
        self.count_loss(loss)

    def validate(self) -> dict[str, Any]:
        """Return the loss and the metrics on the validation data."""
        measured: dict[str, Any] = self.hooks.calls.run_validation(run=self)
        return measured

    # --- state -------------------------------------------------------------------------------------------

    @property
    def numerics(self) -> dict[str, Any]:
        """What the bytes of the results depend on besides the program; a continued run must have the same."""
        return _joined(self.hooks.call("numerics", run=self))

    def describe(self) -> dict[str, Any]:
        """Return what else is to be recorded of the run."""
        return _joined(self.hooks.call("describe_run", run=self))

    @property
    def is_as_saved(self) -> bool:
        """Whether the run is continued and has taken no step since: then nothing in its folder is to change."""
        if self.saved is None:
            return self.starts_over and self.step == 0
        return bool(self.step <= self.saved["step"])

    def save_state(self) -> None:
        """Write the run's state to its folder, from where ``fit(resume_from=folder)`` continues.

        A network that is not finite is not saved: the state before it stays.
        """
        self.hooks.call("save_state", run=self)


def _joined(found: list[dict[str, Any]] | None) -> dict[str, Any]:
    """Return what several plugins say as one mapping."""
    return {name: value for each in found or () for name, value in each.items()}
