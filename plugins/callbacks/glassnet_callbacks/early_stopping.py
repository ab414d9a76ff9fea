"""Stop when a figure no longer gets better, and go back to where it was best."""

from __future__ import annotations

import copy
import math

import glassnet as gn


class EarlyStopping(gn.Callback):
    """Ends the run when `monitor` has not improved for `patience` epochs in a row, and restores the best epoch.

    Prechelt (1998), Early Stopping - But When?, in Neural Networks: Tricks of the Trade.

    When the run ends, by patience or because its epochs are over, parameters and state are put back to the end
    of the best epoch; the first of equals. (Keras does so with ``restore_best_weights=True``.) A run that is
    broken off by Ctrl-C or an error keeps its last parameters, as in Keras. What it was doing can be looked at,
    and goes on from there. A value that is NaN or infinite does not
    count as an improvement, nor does one of a network that is not finite.

    Raises
    ------
    OptionError
        When the figure is not recorded, or ``mode="auto"`` cannot know which way is better.
    """

    monitor: str = gn.option("val_loss", help="the figure to watch")
    patience: int = gn.option(3, ge=1, help="epochs in a row without improvement until the run ends")
    min_delta: float = gn.option(0.0, ge=0, help="what a change must exceed to be an improvement")
    mode: str = gn.option("auto", choices=("auto", "min", "max"), help="whether lower or higher is better")

    def on_run_start(self, run: gn.Run) -> None:
        if self.monitor.startswith("val_") and run.validation is None:
            raise gn.OptionError(
                f"early_stopping: {self.monitor!r} needs validation data; give validation=0.1, "
                f"or monitor={self.monitor.removeprefix('val_')!r}"
            )
        memory = run.state_of(self)
        memory.best = math.inf
        memory.epochs_without_improvement = 0
        memory.vector = memory.state = None
        # Not saved: a run that was broken off and is continued is no longer broken off.
        memory._broken_off = False

    def on_resume(self, run: gn.Run) -> None:
        vector, state = run.state_of(self).vector, run.state_of(self).state
        shape = run.network.flat_parameters.shape
        if vector is not None and (getattr(vector, "shape", None) != shape or not isinstance(state, dict)):
            raise gn.ModelFileError(
                f"the checkpoint is damaged: the best parameters of early_stopping are {vector!r}, and the network has "
                f"{shape[0]:,}; start the run anew"
            )

    def on_epoch_end(self, run: gn.Run) -> None:
        memory = run.state_of(self)
        value = self._monitored(run) * gn.monitor_sign(run, self.monitor, self.mode, asked_by=self)
        is_finite = math.isfinite(value) and gn.first_not_finite(run.network) is None
        if is_finite and value < memory.best - self.min_delta:
            memory.best = value
            memory.epochs_without_improvement = 0
            memory.vector = run.network.flat_parameters.copy()
            memory.state = copy.deepcopy(run.network.state)
        else:
            memory.epochs_without_improvement += 1

    def should_stop(self, run: gn.Run) -> bool:
        waited: int = run.state_of(self).epochs_without_improvement
        return waited >= self.patience

    def on_exception(self, run: gn.Run, exception: BaseException) -> None:
        run.state_of(self)._broken_off = True

    def on_run_end(self, run: gn.Run) -> None:
        memory = run.state_of(self)
        if not memory._broken_off and memory.vector is not None:
            run.network.flat_parameters[:] = memory.vector
            run.network.state = memory.state

    def _monitored(self, run: gn.Run) -> float:
        if self.monitor not in run.logs:
            try:
                run.history[self.monitor]
            except KeyError as error:
                raise gn.OptionError(f"early_stopping: {error}; monitor one that is recorded") from None
        return run.logs[self.monitor]
