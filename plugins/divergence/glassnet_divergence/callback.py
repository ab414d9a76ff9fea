"""The watch over a run, as a callback."""

from __future__ import annotations

import math
from collections.abc import Generator
from typing import Any

import glassnet as gn
from glassnet.errors import warn
from glassnet_divergence.figures import undefined, warn_of_undefined
from glassnet_divergence.finite import first_not_finite
from glassnet_divergence.watch import Watch


class DivergenceWatch(gn.Callback):
    """Stops a run before the step in which something is NaN or infinite, or warns of it after the epoch.

    Its hooks come first where it keeps the network, and last where it looks at what other callbacks leave.
    """

    @gn.run_hookimpl(tryfirst=True)
    def check_run(self, run: gn.Run) -> None:
        memory = run.state_of(self)
        memory._watch = Watch(run)
        # In a step of 20 microseconds each attribute that is looked up counts.
        memory._finds_gradients_finite = memory._watch.look_at_gradients()
        memory._keeps_epoch = memory._watch.keeps_epoch
        memory._first_bad_step = None
        memory._told = set()
        if run.saved is None:
            memory._watch.start()

    @gn.run_hookimpl(tryfirst=True)
    def on_resume(self, run: gn.Run) -> None:
        self._watch(run).start()

    @gn.run_hookimpl(tryfirst=True)
    def on_nonfinite_loss(self, run: gn.Run, loss: float, is_returned: bool) -> None:
        memory = run.state_of(self)
        if memory._first_bad_step is None:
            memory._first_bad_step = run.step + 1
        if memory._watch.stops:
            stop = memory._watch.stop_for_reported if is_returned else memory._watch.stop_before_step
            stop(loss)

    @gn.run_hookimpl(trylast=True)
    def on_after_backward(self, run: gn.Run) -> None:
        memory = run.memories[id(self)]  # what state_of returns
        if not memory._finds_gradients_finite():
            memory._watch.stop_if_not_finite()

    @gn.run_hookimpl(tryfirst=True)
    def on_train_epoch_end(self, run: gn.Run) -> None:
        if not run.memories[id(self)]._keeps_epoch():
            warn_of_divergence(run, run.state_of(self)._first_bad_step)
        self._look_at_metrics(run, "")

    @gn.run_hookimpl(tryfirst=True)
    def on_validation_end(self, run: gn.Run) -> None:
        warn_of_validation(run)
        self._look_at_metrics(run, "val_")

    def _look_at_metrics(self, run: gn.Run, prefix: str) -> None:
        told, logs = run.state_of(self)._told, run.logs
        if math.isfinite(logs[f"{prefix}loss"]):
            for figure, metric in undefined(run.metrics.values(), logs, prefix):
                if figure not in told:
                    told.add(figure)
                    warn_of_undefined(figure, metric, f" in epoch {run.epoch + 1}")

    def _watch(self, run: gn.Run) -> Watch:
        watch: Watch = run.state_of(self)._watch
        return watch

    @gn.run_hookimpl(wrapper=True)
    def save_state(self, run: gn.Run) -> Generator[None, Any, Any]:
        self._watch(run).look_at_network()
        return (yield)


def watch_of(run: gn.Run) -> Watch:
    """Return the watch of a run that has one."""
    callback = next(each for each in run.components if isinstance(each, DivergenceWatch))
    watch: Watch = run.state_of(callback)._watch
    return watch


def warn_of_divergence(run: gn.Run, first_bad_step: int | None) -> None:
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
            f"the loss is {loss} in epoch {epoch}; lower the learning rate (step {first_bad_step} was the first "
            f"with such a loss, and {bad} now)"
        )
    else:
        problem = (
            f"the loss is {loss} in epoch {epoch}; lower the learning rate, or scale inputs and targets "
            f"(step {first_bad_step} was the first with such a loss, and all parameters are still finite)"
        )
    warn(problem)


def warn_of_validation(run: gn.Run) -> None:
    """Warn of a validation loss that is NaN or infinite though the network is finite."""
    loss = run.logs["val_loss"]
    if not math.isfinite(loss) and first_not_finite(run.network) is None:
        warn(
            f"the validation loss is {loss} in epoch {run.epoch + 1}, and all parameters are finite; "
            "see if the validation data are scaled as the training data, and what the loss gives for outputs of 0"
        )
