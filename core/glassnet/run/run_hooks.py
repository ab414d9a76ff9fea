"""The hooks of one training run: the index of what a callback can do, and the base class of callbacks."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any, ClassVar

from glassnet.components.component import Component
from glassnet.registry.hookspecs import run_hookspec

if TYPE_CHECKING:
    from glassnet.training.run import Run
    from glassnet.types import Array


class RunHooks:
    """Hooks of one training run, in the order in which they are called.

    Where one answer is wanted, the first that is not None counts, and the loop's own implementation comes last. With
    ``@gn.run_hookimpl(wrapper=True)`` an implementation surrounds the others: it yields once, and returns their result.
    """

    @run_hookspec(firstresult=True)
    def run_training(self, run: Run) -> bool | None:
        """Train from start to end, and return true. Wrap it for what a whole fit needs: a limit, a lock, a clock."""

    @run_hookspec(firstresult=True)
    def prepare_component(self, run: Run, component: Component, elements: int) -> Component | None:
        """Return what to compute with instead of an optimizer, loss, layer or activation of the run.

        ``elements`` is the number of elements that the component computes in a step.
        """

    @run_hookspec
    def check_run(self, run: Run) -> None:
        """Called when the run is ready. An error here refuses it, and no further hook is called."""

    @run_hookspec
    def on_run_start(self, run: Run) -> None:
        """Called once, when data, network and optimizer are ready and no step has been taken."""

    @run_hookspec
    def restore_state(self, run: Run, state: dict[str, Any]) -> None:
        """Put the run where it was when `state`, which is ``run.saved``, was taken; called after `on_run_start`."""

    @run_hookspec
    def on_resume(self, run: Run) -> None:
        """Called after `restore_state` when a run is continued, and is where it was when its state was saved."""

    @run_hookspec
    def on_epoch_start(self, run: Run) -> None:
        """Called before the first batch of each epoch; ``run.epoch`` counts from 0."""

    @run_hookspec(firstresult=True)
    def epoch_batches(self, run: Run) -> Iterator[None] | None:
        """Return an iterator over the rest of the epoch's batches, which puts each one into the run."""

    @run_hookspec
    def on_batch_start(self, run: Run) -> None:
        """Called before each batch; ``run.batch`` is ``(x, y)`` and may be replaced."""

    @run_hookspec(firstresult=True)
    def train_step(self, run: Run) -> float | None:
        """Take one step on ``run.batch`` and return its loss; the first result wins.

        ``run.compute_gradients()`` and ``run.update()`` are the two halves of the ordinary step.
        """

    @run_hookspec(firstresult=True)
    def forward_step(self, run: Run) -> Array | None:
        """Run the layers on the batch and return their outputs, before an activation that is fused with the loss."""

    @run_hookspec(firstresult=True)
    def loss_step(self, run: Run) -> tuple[float, Array] | None:
        """Return the loss of ``run.evaluation.outputs``, penalties included, and its derivative by the outputs."""

    @run_hookspec(firstresult=True)
    def backward_step(self, run: Run) -> bool | None:
        """Fill ``run.network.gradients``, from ``run.evaluation.output_gradients``, and return true."""

    @run_hookspec
    def on_nonfinite_loss(self, run: Run, loss: float, is_returned: bool) -> None:
        """Called when a loss is NaN or infinite: before the update, or when a callback's `train_step` returned it."""

    @run_hookspec
    def on_after_backward(self, run: Run) -> None:
        """Called when ``run.network.gradients`` is complete and before the optimizer reads it.

        Gradients that are not finite afterwards end the run, unless ``on_divergence="continue"``.
        """

    @run_hookspec(firstresult=True)
    def optimizer_step(self, run: Run) -> bool | None:
        """Update the parameters from ``run.network.gradients``, and return true."""

    @run_hookspec(firstresult=True)
    def metrics_step(self, run: Run) -> bool | None:
        """Count the step's predictions in ``run.metrics``, and return true."""

    @run_hookspec
    def on_batch_end(self, run: Run) -> None:
        """Called after each step; ``run.logs`` has the means of the epoch so far, computed where it is read."""

    @run_hookspec(firstresult=True)
    def complete_epoch(self, run: Run) -> bool | None:
        """Measure the network after the last step of an epoch, put the figures into the history, and return true.

        The three hooks that follow are called within. Wrap it to measure other parameters than the last ones.
        """

    @run_hookspec
    def on_train_epoch_end(self, run: Run) -> None:
        """Called after the last step of an epoch and before validation; ``run.logs`` has the epoch's figures."""

    @run_hookspec(firstresult=True)
    def run_validation(self, run: Run) -> dict[str, Any] | None:
        """Return the figures of the validation data by name, without ``val_``."""

    @run_hookspec
    def on_validation_end(self, run: Run) -> None:
        """Called after each pass over the validation data; ``run.logs`` has its ``val_`` entries."""

    @run_hookspec
    def on_epoch_end(self, run: Run) -> None:
        """Called when an epoch is complete and is in ``run.history``."""

    @run_hookspec
    def should_stop(self, run: Run) -> bool | None:
        """Asked after each epoch: training ends when any callback returns true."""

    @run_hookspec
    def on_train_end(self, run: Run) -> None:
        """Called after the last epoch, and not if training is broken off: the network gets what the run leaves."""

    @run_hookspec
    def save_state(self, run: Run) -> None:
        """Write the state of the run, so that it can be continued; called by ``run.save_state()``."""

    @run_hookspec
    def numerics(self, run: Run) -> dict[str, Any] | None:
        """Return what the bytes of the results depend on besides the program, as plain values by name."""

    @run_hookspec
    def describe_run(self, run: Run) -> dict[str, Any] | None:
        """Return what else is to be recorded of the run, as plain values by name."""

    @run_hookspec
    def on_exception(self, run: Run, exception: BaseException) -> None:
        """Called when training is broken off, by Ctrl-C too; the exception goes on afterwards."""

    @run_hookspec
    def on_run_end(self, run: Run) -> None:
        """Called last, however the run ended."""

    @run_hookspec(firstresult=True)
    def hook_call(self, run: Run, component: Component, hook: str, call: Callable[[], Any]) -> Any:
        """Call a component's implementation of another hook. Wrap it to see or time what callbacks do."""


class Callback(Component):
    """Takes part in a run through any of the hooks in `glassnet.run.run_hooks.RunHooks`.

    An author writes methods of the hooks' names, such as ``def on_epoch_end(self, run)``. A callback keeps its memory
    in ``run.state_of(self)``, not on itself. So one instance can serve several runs, and a run can be continued from
    disk.

    Attributes
    ----------
    needs_total_steps
        Whether what it does depends on the length of the run. Such a run is not continued with other ``epochs``.
    expects_divergence
        Whether its runs are meant to arrive at NaN or infinity. They go on as with ``on_divergence="continue"``.
    only_watches
        Whether it reports or writes, and changes nothing of the run. Where several processes share a training, such
        a callback takes part in one of them.
    """

    kind = "callback"
    needs_total_steps: ClassVar[bool] = False
    expects_divergence: ClassVar[bool] = False
    only_watches: ClassVar[bool] = False
