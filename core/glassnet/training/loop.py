"""The training loop."""

from __future__ import annotations

import math
from typing import Any, Literal

import numpy as np

from glassnet.data.finite import first_not_finite
from glassnet.data.weights import no_weight
from glassnet.errors import DataError, warn
from glassnet.training.run import Run, numbers
from glassnet.training.state import RunState


def train(run: Run, resume_from: RunState | None = None) -> None:
    """Train until the epochs are over, a callback wants to stop, or something goes wrong."""
    with _without_warnings_of_numpy():
        _train(run, resume_from)


def _without_warnings_of_numpy() -> np.errstate:
    """Return what silences NumPy's warnings of overflow: the watch says more. One who asked for errors gets them."""
    handled = np.geterr()

    def quiet(kind: Literal["divide", "over", "invalid"]) -> Any:
        return "ignore" if handled[kind] == "warn" else handled[kind]

    return np.errstate(divide=quiet("divide"), over=quiet("over"), invalid=quiet("invalid"))


def _train(run: Run, resume_from: RunState | None) -> None:
    hooks = run.hooks
    if resume_from is not None:
        run.continues(resume_from)
    try:
        hooks.call("on_run_start", run=run)
        if resume_from is not None:
            run.restore(resume_from)
            run.watch.start()
        while run.epoch < run.epochs and not is_to_stop(run):
            if run.batch_in_epoch == 0:
                start_epoch(run)
            train_batches(run)
            with run.averaged():
                end_epoch(run)
        end_with_outcome(run)
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
    between = run.epoch > 0 and run.batch_in_epoch == 0
    return between and any(run.hooks.call("should_stop", run=run) or ())


def start_epoch(run: Run) -> None:
    """Set the epoch's totals to zero."""
    run.total_loss = run.total_weight = 0.0
    run.network.counts.epochs += 1
    for metric in run.metrics.values():
        metric.start()
    run.hooks.call("on_epoch_start", run=run)


def train_batches(run: Run) -> None:
    """Take one step on each batch."""
    on_batch_start, on_batch_end = run.hooks.of("on_batch_start"), run.hooks.of("on_batch_end")
    train_step = run.hooks.of("train_step")
    for _ in run.batches():
        if on_batch_start:
            on_batch_start(run=run)
        loss = train_step(run=run) if train_step else None
        if loss is None:
            loss = run.compute_gradients()
            if not math.isfinite(loss) and run.watch.stops:
                run.watch.stop_before_step(loss)
            run.update()
        elif not math.isfinite(loss) and run.watch.stops:
            run.watch.stop_for_reported(loss)
        run.finish_step(loss)
        if on_batch_end:
            on_batch_end(run=run)


def end_epoch(run: Run) -> None:
    """Validate, and put the epoch's figures into the history."""
    run.logs = run.figures()
    if run.total_weight == 0:
        raise DataError(no_weight("", masked=run.objective.mask is not None))
    if not run.watch.look_at_network() or not math.isfinite(run.logs["loss"]):
        warn_of_divergence(run)
    if run.validation is not None:
        run.logs.update({f"val_{name}": value for name, value in numbers(run.validate()).items()})
        warn_of_validation(run)
        run.hooks.call("on_validation_end", run=run)
    run.history.append(run.logs)
    run.epoch += 1
    run.batch_in_epoch = 0
    run.watch.keep(f"the end of epoch {run.epoch}")
    run.hooks.call("on_epoch_end", run=run)


def warn_of_divergence(run: Run) -> None:
    """Warn of a loss or of parameters that are NaN or infinite, and name the cause as far as it is known."""
    epoch, loss = run.epoch + 1, run.logs["loss"]
    bad = first_not_finite(run.network)
    if math.isfinite(loss):
        bad = bad or "parameters that training goes on from are not finite"
        problem = (
            f"{bad} after step {run.step}, in epoch {epoch}, and the loss was still {loss:.4g}; "
            "lower the learning rate, or clip gradients with the callback clip_norm"
        )
    elif bad is not None:
        problem = (
            f"the loss is {loss} in epoch {epoch}; lower the learning rate (step {run.first_bad_step} was the first "
            f"with such a loss, and {bad} now)"
        )
    else:
        problem = (
            f"the loss is {loss} in epoch {epoch}; lower the learning rate, or scale inputs and targets "
            f"(step {run.first_bad_step} was the first with such a loss, and all parameters are still finite)"
        )
    warn(problem)


def warn_of_validation(run: Run) -> None:
    """Warn of a validation loss that is NaN or infinite though the network is finite."""
    loss = run.logs["val_loss"]
    if not math.isfinite(loss) and first_not_finite(run.network) is None:
        warn(
            f"the validation loss is {loss} in epoch {run.epoch + 1}, and all parameters are finite; "
            "see if the validation data are scaled as the training data, and what the loss gives for outputs of 0"
        )


def end_with_outcome(run: Run) -> None:
    """Leave the network with the optimizer's average and the step that it put off, if there are any."""
    outcome = run.outcome()
    if outcome is not None:
        run.last_vector = run.network.vector.copy()
        run.network.vector[:] = outcome
