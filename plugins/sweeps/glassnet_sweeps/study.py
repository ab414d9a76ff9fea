"""What a strategy knows of a sweep: the settings that vary, and the trials so far."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any

import attrs
import numpy as np

from glassnet_sweeps.space import Space
from glassnet_sweeps.trial import DIVERGED, FAILED, Trial


@attrs.define
class Study:
    """A sweep, as a strategy sees it.

    Attributes
    ----------
    space
        The settings that vary.
    trials
        Those so far, in the order in which they began; some may be running.
    wanted
        The number of trials that the sweep is to have.
    epochs
        Those of a training to its end.
    seed
        Where all random numbers of the strategy come from.
    monitor, sign
        The figure by which trials are compared, and what to multiply it with so that lower is better: 1 or -1.
    folder
        That of the sweep, in which a strategy may keep files of its own.
    """

    space: Space
    wanted: int
    epochs: int
    seed: int
    monitor: str
    sign: int
    folder: Path
    trials: list[Trial] = attrs.Factory(list)

    @property
    def rng(self) -> np.random.Generator:
        """Random numbers for the next trial, the same whenever it is asked for."""
        return np.random.default_rng((self.seed, len(self.trials)))

    def score(self, trial: Trial) -> float:
        """Return how good a trial is, lower is better: infinity if it diverged or failed, NaN while it is running."""
        if not trial.has_ended:
            return math.nan
        value = trial.figure(self.monitor)
        return math.inf if trial.state in (DIVERGED, FAILED) or math.isnan(value) else self.sign * value

    def budget(self, trial: Trial) -> int:
        """Return the number of epochs that a trial was given, if the strategy says it, else that of all."""
        epochs = trial.settings.get("epochs", self.epochs)
        return self.epochs if "epochs" in self.space.names else int(epochs)

    def ranked(self) -> list[Trial]:
        """Return the trials that have ended with a figure, the best first; more epochs count before the figure."""
        scored = [each for each in self.trials if math.isfinite(self.score(each))]
        return sorted(scored, key=lambda each: (-self.budget(each), self.score(each), each.number))

    def as_plain(self) -> dict[str, Any]:
        """Return what the journal says of the sweep."""
        return {
            "space": [each.as_plain() for each in self.space],
            "trials": self.wanted,
            "epochs": self.epochs,
            "seed": self.seed,
            "monitor": self.monitor,
            "sign": self.sign,
        }
