"""The training loop: epochs, and in each of them one step on each batch."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any

from glassnet.data.arrays import no_weight
from glassnet.errors import DataError
from glassnet.model.mask import counted
from glassnet.run.run_figures import scalars_only
from glassnet.training.evaluation import measure, without_warnings_of_numpy

if TYPE_CHECKING:
    from glassnet.components.component import Component
    from glassnet.training.run import Run
    from glassnet.types import Array


def train(run: Run) -> None:
    """Train until the epochs are over, a callback wants to stop, or something goes wrong."""
    run.hooks.calls.run_training(run=run)


def take_step(run: Run) -> float:
    """Take one step on the batch of the run, and return its loss. Each part asks the callbacks first.

    What a part does if no callback does it is in `Defaults`.
    """
    do, now = run.hooks.calls, run.evaluation
    with run.pass_through_network() as now.context:
        now.outputs = do.forward_step(run=run)
        now.loss, now.output_gradients = do.loss_step(run=run)
        do.backward_step(run=run)
    run.note_evaluation()
    loss = now.loss
    if not math.isfinite(loss):
        run.hooks.call("on_nonfinite_loss", run=run, loss=loss, is_returned=False)
    if do.on_after_backward:
        do.on_after_backward(run=run)
    do.optimizer_step(run=run)
    do.metrics_step(run=run)
    return loss


class Defaults:
    """What a run does in the hooks that no callback answers."""

    def run_training(self, run: Run) -> bool:
        """Train, with NumPy's warnings of overflow silenced: the loss and the network are looked at instead."""
        with without_warnings_of_numpy():
            run.prepare()
            run.hooks.call("check_run", run=run)
            run.begin()
            _train_epochs(run)
        return True

    def epoch_batches(self, run: Run) -> Iterator[None]:
        """Put one batch after another into the run."""
        return run.batches()

    train_step = staticmethod(take_step)

    def forward_step(self, run: Run) -> Array:
        """Run the layers."""
        x, y = run.lent_batch
        outputs, run.evaluation.caches = run.objective.forward(x, y, run.evaluation.context)
        return outputs

    def loss_step(self, run: Run) -> tuple[float, Array]:
        """Compute the loss and its derivative by the outputs."""
        return run.objective.loss_and_gradient(run.evaluation.outputs, run.lent_batch[1], run.sample_weights)

    def backward_step(self, run: Run) -> bool:
        """Run the layers backward."""
        now = run.evaluation
        run.objective.backward(now.caches, now.output_gradients, now.context)
        return True

    def optimizer_step(self, run: Run) -> bool:
        """Let the optimizer take its step."""
        run.bound_optimizer.step(run.lr, run.step + 1, run.evaluate)
        return True

    def metrics_step(self, run: Run) -> bool:
        """Count each batch that was evaluated once: with the outputs that the network had before the step."""
        for y, outputs, mask, weights in run.uncounted():
            weights, y, predictions = counted(mask, weights, y, run.objective.activate(outputs))
            run.objective.measuring.add(run.metrics, y, predictions, weights)
        return True

    def complete_epoch(self, run: Run) -> bool:
        """Validate, and put the epoch's figures into the history."""
        if run.total_weight == 0:
            raise DataError(no_weight("", masked=run.objective.mask is not None))
        run.logs = run.compute_logs()
        run.hooks.call("on_train_epoch_end", run=run)
        if run.validation is not None:
            run.logs.update({f"val_{name}": value for name, value in scalars_only(run.validate()).items()})
            run.hooks.call("on_validation_end", run=run)
        run.end_epoch()
        run.hooks.call("on_epoch_end", run=run)
        return True

    def run_validation(self, run: Run) -> dict[str, Any]:
        """Return the loss and the metrics on the validation data."""
        assert run.validation is not None
        return measure(run.network, run.validation, run.objective, run.options.metrics)

    def hook_call(self, run: Run, component: Component, hook: str, call: Callable[[], Any]) -> Any:
        """Call the hook."""
        return call()


def _train_epochs(run: Run) -> None:
    hooks = run.hooks
    try:
        hooks.call("on_run_start", run=run)
        if run.saved is not None:
            hooks.call("restore_state", run=run, state=run.saved)
            hooks.call("on_resume", run=run)
        while run.epoch < run.epochs and not is_to_stop(run):
            if run.batch_in_epoch == 0:
                start_epoch(run)
            train_batches(run)
            hooks.call("complete_epoch", run=run)
        hooks.call("on_train_end", run=run)
    except BaseException as exception:
        hooks.call("on_exception", run=run, exception=exception)
        try:
            hooks.call("on_run_end", run=run)
        except Exception as another:
            if str(another) != str(exception):  # the disk may still be full
                exception.add_note(f"then, in on_run_end: {another}")
        raise
    hooks.call("on_run_end", run=run)


def is_to_stop(run: Run) -> bool:
    """Ask the callbacks, between two epochs, whether to stop."""
    return run.epoch > 0 and run.batch_in_epoch == 0 and any(run.hooks.call("should_stop", run=run) or ())


def start_epoch(run: Run) -> None:
    """Begin an epoch."""
    run.start_epoch()
    run.hooks.call("on_epoch_start", run=run)


def train_batches(run: Run) -> None:
    """Take one step on each batch."""
    do = run.hooks.calls
    is_own_step = not run.hooks.implementing("train_step")
    for _ in do.epoch_batches(run=run):
        if do.on_batch_start:
            do.on_batch_start(run=run)
        loss = do.train_step(run=run)
        if not (is_own_step or math.isfinite(loss)):
            run.hooks.call("on_nonfinite_loss", run=run, loss=loss, is_returned=True)
        run.finish_step(loss)
        if do.on_batch_end:
            do.on_batch_end(run=run)
