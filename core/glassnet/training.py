"""The training loop."""

from __future__ import annotations

import math
import warnings

from glassnet.errors import GlassnetWarning
from glassnet.run import Run


def train(run: Run) -> None:
    """Train until the epochs are over, a callback wants to stop, or something goes wrong."""
    hooks = run.hooks
    try:
        hooks.call("on_run_start", run=run)
        while run.epoch < run.epochs:
            hooks.call("on_epoch_start", run=run)
            train_epoch(run)
            if run.validation is not None:
                run.logs.update(validate(run))
                hooks.call("on_validation_end", run=run)
            run.history.append(run.logs)
            run.epoch += 1
            hooks.call("on_epoch_end", run=run)
            if any(hooks.call("should_stop", run=run) or ()):
                break
    except BaseException as exception:
        hooks.call("on_exception", run=run, exception=exception)
        raise
    finally:
        hooks.call("on_run_end", run=run)


def train_epoch(run: Run) -> None:
    """Take one step on each batch; a short last batch counts for as many samples as it has."""
    on_batch_start, on_batch_end = run.hooks.of("on_batch_start"), run.hooks.of("on_batch_end")
    train_step = run.hooks.of("train_step")
    total_loss, samples = 0.0, 0
    for metric in run.metrics.values():
        metric.start()
    for batch in run.batches():
        run.batch = batch
        if on_batch_start:
            on_batch_start(run=run)
        loss = train_step(run=run) if train_step else None
        if loss is None:
            loss = run.compute_gradients()
            run.update()
        run.step += 1
        run.batch_loss = loss
        total_loss += loss * len(run.batch[0])
        samples += len(run.batch[0])
        if on_batch_end:
            run.logs = figures(run, total_loss / samples)
            on_batch_end(run=run)
    run.logs = figures(run, total_loss / samples)
    if not math.isfinite(run.logs["loss"]):
        warnings.warn(
            f"the loss is {run.logs['loss']} in epoch {run.epoch + 1}; lower the learning rate",
            GlassnetWarning,
            stacklevel=4,
        )


def figures(run: Run, loss: float) -> dict[str, float]:
    """Return the loss and the metrics of the epoch so far."""
    return {"loss": loss, **{name: metric.result() for name, metric in run.metrics.items()}}


def validate(run: Run) -> dict[str, float]:
    """Return the figures on the validation data, with ``val_`` in front of their names."""
    assert run.validation is not None
    figures = run.network.measure(run.validation, run.objective, run.options.metrics)
    return {f"val_{name}": value for name, value in figures.items()}
