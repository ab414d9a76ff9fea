"""The training loop."""

from __future__ import annotations

import math

from glassnet.errors import warn
from glassnet.freed_memory import keep_freed_memory
from glassnet.run import Run, numbers
from glassnet.run_state import RunState, check_same_run


def train(run: Run, resume_from: RunState | None = None) -> None:
    """Train until the epochs are over, a callback wants to stop, or something goes wrong."""
    keep_freed_memory()
    hooks = run.hooks
    if resume_from is not None:
        check_same_run(run, resume_from)  # before any callback writes something
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
        use_average(run)
    except BaseException as exception:
        hooks.call("on_exception", run=run, exception=exception)
        try:
            hooks.call("on_run_end", run=run)
        except Exception as another:
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
    if not math.isfinite(run.logs["loss"]):
        problem = f"the loss is {run.logs['loss']} in epoch {run.epoch + 1}; lower the learning rate"
        warn(problem)
    run.history.append(run.logs)
    run.epoch += 1
    run.batch_in_epoch = 0
    run.hooks.call("on_epoch_end", run=run)


def use_average(run: Run) -> None:
    """Leave the network with the optimizer's averaged parameters, if it keeps any."""
    average = run.stepper.average()
    if average is not None:
        run.last_vector = run.network.vector.copy()
        run.network.vector[:] = average
