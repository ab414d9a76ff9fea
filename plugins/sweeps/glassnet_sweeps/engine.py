"""The course of a sweep: ask for the next trial, run it, look at what came of it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from threading import Lock

import attrs

from glassnet_parallel.backends import Runner
from glassnet_sweeps.journal import Journal
from glassnet_sweeps.strategy import Strategy
from glassnet_sweeps.study import Study
from glassnet_sweeps.task import Task
from glassnet_sweeps.trial import Trial


@attrs.define(eq=False)
class Engine:
    """Runs the trials of a sweep.

    Attributes
    ----------
    study
        The sweep, whose list of trials is kept up to date.
    strategy, task, journal
        What proposes trials, what trains them, and where both are noted.
    on_ended
        Called with each trial that ends.
    """

    study: Study
    strategy: Strategy
    task: Task
    journal: Journal
    on_ended: Callable[[Trial], None]
    _lock: Lock = attrs.field(factory=Lock, init=False)
    _failure: BaseException | None = attrs.field(default=None, init=False)
    _told: set[int] = attrs.field(factory=set, init=False)

    def run(self, run: Runner) -> None:
        """Run all trials that are left, first those that were broken off."""
        self.study.trials = self.journal.trials()
        self._told = {each.number for each in self.study.trials if each.has_ended}
        while True:
            number = 0
            for trial in run(self.task, self._proposals()):
                number += 1
                if not trial.has_ended:  # by Ctrl-C, which the worker got first
                    raise KeyboardInterrupt
                self._look()
            if self._failure is not None:
                raise self._failure
            if number == 0:
                return

    def _proposals(self) -> Iterator[Trial]:
        """Iterate over trials to run, until the strategy has none, or waits for the running ones.

        joblib asks for the next one in a thread of its own, where an error would be lost: it is kept.
        """
        try:
            with self._lock:
                unfinished = [each for each in self.study.trials if not each.has_ended]
            yield from unfinished
            while (trial := self._next()) is not None:
                yield trial
        except BaseException as error:
            self._failure = error

    def _next(self) -> Trial | None:
        self._look()
        with self._lock:
            study = self.study
            if len(study.trials) >= study.wanted:
                return None
            settings = self.strategy.propose(study)
            if settings is None:
                return None
            trial = Trial(len(study.trials), settings)
            self.journal.started(trial)
            study.trials.append(trial)
            return trial

    def _look(self) -> None:
        """Take over from the journal what has ended since."""
        with self._lock:
            self.study.trials = self.journal.trials()
            ended = [each for each in self.study.trials if each.has_ended and each.number not in self._told]
            self._told |= {each.number for each in ended}
        for trial in ended:
            self.on_ended(trial)
