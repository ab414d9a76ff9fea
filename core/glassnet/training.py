"""The training loop."""

from __future__ import annotations

import math

from glassnet.blas_threads import one_blas_thread
from glassnet.errors import DataError, warn
from glassnet.finite import first_not_finite
from glassnet.run import Run, numbers
from glassnet.run_state import RunState
from glassnet.weights import no_weight


def train(run: Run, resume_from: RunState | None = None) -> None:
    """Train until the epochs are over, a callback wants to stop, or something goes wrong."""
    hooks = run.hooks
    if resume_from is not None:
        run.continues(resume_from)
    try:
        hooks.call("on_run_start", run=run)
        if resume_from is not None:
            run.restore(resume_from)
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
    one_blas_thread.renew()  # a callback may have set another number
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
            run.update()
        run.finish_step(loss)
        if on_batch_end:
            on_batch_end(run=run)


def end_epoch(run: Run) -> None:
    """Validate, and put the epoch's figures into the history."""
    run.logs = run.figures()
    if run.validation is not None:
        run.logs.update({f"val_{name}": value for name, value in numbers(run.validate()).items()})
        run.hooks.call("on_validation_end", run=run)
    if run.total_weight == 0:
        raise DataError(no_weight(""))
    warn_if_not_finite(run)
    run.history.append(run.logs)
    run.epoch += 1
    run.batch_in_epoch = 0
    run.hooks.call("on_epoch_end", run=run)


def warn_if_not_finite(run: Run) -> None:
    """Warn of a loss or of parameters that are NaN or infinite, and name the cause as far as it is known."""
    epoch, loss = run.epoch + 1, run.logs["loss"]
    bad = first_not_finite(run.network)
    if math.isfinite(loss):
        if bad is None:
            return
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


def end_with_outcome(run: Run) -> None:
    """Leave the network with the optimizer's average and the step that it put off, if there are any."""
    outcome = run.outcome()
    if outcome is not None:
        run.last_vector = run.network.vector.copy()
        run.network.vector[:] = outcome
