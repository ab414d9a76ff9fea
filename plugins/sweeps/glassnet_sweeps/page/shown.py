"""A sweep as charts need it: the order of the trials, their courses, and what is written beside them."""

from __future__ import annotations

import json
import math
from functools import cached_property
from pathlib import Path

import glassnet as gn
from glassnet_persistence.run_files import RECORD
from glassnet_sweeps.page.axis import Axis, axis_of, text_of
from glassnet_sweeps.setting import Setting
from glassnet_sweeps.sweep_trials import SweepTrials
from glassnet_sweeps.trial import FINISHED, Trial

_WORSE = "worse"


class Shown:
    """A sweep that is drawn.

    Parameters
    ----------
    sweep
        The sweep.

    Attributes
    ----------
    trials
        The trials that have ended.
    settings
        The settings that varied; with those that a strategy set, such as the epochs.
    monitor
        The figure by which trials are compared.
    """

    def __init__(self, sweep: SweepTrials) -> None:
        self.sweep = sweep
        self.study = sweep.study
        self.monitor = self.study.monitor
        self.trials = [each for each in sweep.trials if each.has_ended]
        self.settings = [*self.study.space, *self._set_by_strategy()]
        self._order = {trial.number: place for place, trial in enumerate(self.ordered)}
        self._courses = {trial.number: self._read(trial) for trial in self.trials}
        self._first_losses = {trial.number: first_loss(sweep.folder / trial.name) for trial in self.trials}

    @cached_property
    def ordered(self) -> list[Trial]:
        """The trials, best first; then those without a figure."""
        ranked = self.study.ranked()
        return [*ranked, *(each for each in self.trials if each not in ranked)]

    @cached_property
    def shares(self) -> dict[str, float]:
        """How much each setting matters; empty if that is not known."""
        return self.sweep.importance()

    @property
    def by_importance(self) -> list[Setting]:
        """The settings that varied, the one that matters most first; numbers before names."""
        space = list(self.study.space)
        return sorted(space, key=lambda each: (not each.is_numeric, -self.shares.get(each.name, 0), space.index(each)))

    @cached_property
    def axis(self) -> Axis:
        """The axis of the figure by which trials are compared."""
        return axis_of(self.monitor, map(self.figure, self.trials))

    def height(self, trial: Trial) -> float:
        """Return where a trial is on this axis; at the end that is worse if it has no figure."""
        worst = 1.0 if self.study.sign > 0 else 0.0
        return self.axis.place(self.figure(trial)) if self.has_figure(trial) else worst

    def figure(self, trial: Trial) -> float:
        """Return the figure of a trial; NaN if it has none."""
        return trial.figure(self.monitor)

    def has_figure(self, trial: Trial) -> bool:
        """Tell whether a trial finished with a figure that is finite."""
        return math.isfinite(self.figure(trial))

    def share(self, trial: Trial) -> float:
        """Return the rank of a trial as a share of those with a figure, 0 for the best and 1 for the worst."""
        return min(self._order[trial.number] / max(len(self.study.ranked()) - 1, 1), 1.0)

    def kind(self, trial: Trial) -> str:
        """Return how a trial went: its state, or ``worse`` if its loss is not below that of its first step."""
        is_worse = trial.state == FINISHED and trial.figures.get("loss", math.nan) >= self._first_losses[trial.number]
        return _WORSE if is_worse else trial.state

    def course(self, trial: Trial) -> list[float]:
        """Return the figure of each epoch of a trial."""
        return [each.get(self.monitor, math.nan) for each in self._courses[trial.number]]

    def tip(self, trial: Trial) -> str:
        """Return what is written beside a trial under the cursor."""
        settings = ", ".join(f"{name}={text_of(value)}" for name, value in trial.settings.items())
        came_of = f"{self.monitor} {self.figure(trial):.4g}" if self.has_figure(trial) else trial.state
        return f"trial {trial.number}: {settings}; {came_of}"

    def _read(self, trial: Trial) -> list[dict[str, float]]:
        try:
            return self.sweep.history(trial)
        except OSError:
            return []

    def _set_by_strategy(self) -> list[Setting]:
        names = [name for each in self.trials for name in each.settings if name not in self.study.space.names]
        values = {name: sorted({each.settings[name] for each in self.trials}) for name in dict.fromkeys(names)}
        return [Setting(name, tuple(found)) for name, found in values.items()]


def first_loss(folder: Path) -> float:
    """Return the loss of the first step of a run; NaN if the doctor recorded nothing."""
    try:
        return float(json.loads(gn.read_whole(folder / RECORD))["samples"][0][1])
    except (OSError, ValueError, LookupError, TypeError):
        return math.nan
