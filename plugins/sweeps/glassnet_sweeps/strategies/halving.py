"""Many short trainings, and longer ones of the best."""

from __future__ import annotations

import math
from typing import Any

import glassnet as gn
from glassnet_sweeps.space import Space
from glassnet_sweeps.strategy import TRIALS
from glassnet_sweeps.study import Study


class Halving(gn.Strategy):
    """Trains many settings for a few epochs, the best of them for more, and so on: successive halving.

    Jamieson and Talwalkar (2016), Non-stochastic best arm identification and hyperparameter optimization. The settings
    of the first round are drawn at random. Each round keeps one of `factor`, and trains it from the start for `factor`
    times as many epochs. The last round has those of the experiment. A training is begun anew in each round, so that a
    schedule of the step size fits its length. ``trials`` is the number of settings in the first round.
    """

    factor: int = gn.option(3, ge=2, help="a round keeps one of this number, and has this number of times the epochs")
    epochs: int = gn.option(1, ge=1, help="epochs that a round has at least")

    def total(self, space: Space, trials: int | None) -> int:
        if "epochs" in space.names:
            raise gn.OptionError("halving sets the epochs itself; do not vary them, or take another strategy")
        return sum(self.sizes(TRIALS if trials is None else trials))

    def sizes(self, first: int) -> list[int]:
        """Return the number of trainings of each round."""
        found = [first]
        while found[-1] >= self.factor:
            found.append(found[-1] // self.factor)
        return found

    def rounds(self, first: int, epochs: int) -> list[int]:
        """Return the epochs of each round."""
        last = len(self.sizes(first)) - 1
        return [min(epochs, max(self.epochs, epochs // self.factor ** (last - number))) for number in range(last + 1)]

    def propose(self, study: Study) -> dict[str, Any] | None:
        first = self._first(study)
        started = 0
        kept: list[dict[str, Any]] = []
        for number, epochs in enumerate(self.rounds(first, study.epochs)):
            size = len(kept) if number else first
            trials = study.trials[started : started + size]
            if len(trials) < size:
                return {**(kept[len(trials)] if number else _drawn(study)), "epochs": epochs}
            if not all(each.has_ended for each in trials):
                return None
            best = sorted(trials, key=lambda each: (study.score(each), each.number))
            kept = [each.settings for each in best[: size // self.factor] if study.score(each) < math.inf]
            started += size
        return None

    def _first(self, study: Study) -> int:
        """Return the size of the first round, of which the total follows."""
        first = 1
        while sum(self.sizes(first)) < study.wanted:
            first += 1
        return first


def _drawn(study: Study) -> dict[str, Any]:
    return study.space.at(study.rng.random(len(study.space)))
