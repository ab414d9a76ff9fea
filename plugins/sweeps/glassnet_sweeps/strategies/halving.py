"""Many short trainings, and longer ones of the best."""

from __future__ import annotations

from typing import Any

import glassnet as gn
from glassnet_sweeps.space import Space
from glassnet_sweeps.strategy import TRIALS
from glassnet_sweeps.study import Study


class Halving(gn.Strategy):
    """Trains many settings for a few epochs, the best of them for more, and so on: successive halving.

    Jamieson and Talwalkar (2016), Non-stochastic best arm identification and hyperparameter optimization. The settings
    of the first round are drawn at random. Each round keeps one of `factor`, and trains it from the start for `factor`
    times as many epochs, up to those of the experiment: so a schedule of the step size fits its training. ``trials``
    is the number of settings in the first round.
    """

    factor: int = gn.option(3, ge=2, help="a round keeps one of this number, and has this number of times the epochs")
    epochs: int = gn.option(1, ge=1, help="epochs of the first round")

    def total(self, space: Space, trials: int | None) -> int:
        if "epochs" in space.names:
            raise gn.OptionError("halving sets the epochs itself; do not vary them, or take another strategy")
        # Rounds end when one is left, or when all epochs are reached, which is not known here.
        count, total = TRIALS if trials is None else trials, 0
        while count > 0:
            total, count = total + count, count // self.factor
        return total

    def propose(self, study: Study) -> dict[str, Any] | None:
        first = self._first(study)
        started = 0
        kept: list[dict[str, Any]] = []
        for number, epochs in enumerate(self.rounds(study.epochs)):
            size = len(kept) if number else first
            trials = study.trials[started : started + size]
            if len(trials) < size:
                return {**(kept[len(trials)] if number else self._drawn(study)), "epochs": epochs}
            if not all(each.has_ended for each in trials):
                return None
            best = sorted(trials, key=lambda each: (study.score(each), each.number))
            kept = [each.settings for each in best[: size // self.factor] if study.score(each) < float("inf")]
            started += size
        return None

    def rounds(self, epochs: int) -> list[int]:
        """Return the epochs of each round, up to those of the experiment."""
        found = [min(self.epochs, epochs)]
        while found[-1] < epochs:
            found.append(min(found[-1] * self.factor, epochs))
        return found

    def _first(self, study: Study) -> int:
        """Return the size of the first round, of which the total follows."""
        first = 1
        while self.total(study.space, first) < study.wanted:
            first += 1
        return first

    def _drawn(self, study: Study) -> dict[str, Any]:
        return study.space.at(study.rng.random(len(study.space)))
