"""What holds for every strategy of sweeps."""

from __future__ import annotations

import numbers
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from glassnet import GlassnetError
from glassnet_sweeps.space import space_of
from glassnet_sweeps.study import Study
from glassnet_sweeps.trial import FINISHED, Trial
from glassnet_testing import Failure, NotChecked, Subject, Suite, check

# A number on a logarithmic scale, a whole number, and a choice.
_VARIED = ("lr=1e-4..1e-1:log", "seed=1..9", "batch_size=8,16,32")
_TRIALS = 14


@check(hint="def propose(self, study): …")
def it_proposes(subject: Subject) -> None:
    """The class says which settings come next."""
    if subject.component.propose is subject.kind.base_class().__dict__["propose"]:
        raise Failure(subject.title, "a method propose()", "that of the base class, which is abstract")


@check(hint="return study.space.at(place), with a coordinate from 0 to 1 for each setting")
def proposals_are_in_the_space(subject: Subject) -> None:
    """Each proposal has a value for each setting that varies, within its range or out of its list."""
    for example in subject.examples:
        for study in _played(example):
            if not study.trials:
                raise Failure(f"{example.text}, the first proposal", "settings by name", None)
            for trial in study.trials:
                for setting in study.space:
                    value = trial.settings.get(setting.name)
                    if setting.is_range:
                        fits = isinstance(value, numbers.Real) and setting.low <= float(value) <= setting.high
                    else:
                        fits = value in setting.values
                    if not fits:
                        told = f"{example.text}, trial {trial.number}, {setting.name}"
                        raise Failure(told, f"a value of {setting!r}", value)


@check(hint="take random numbers from study.rng, and all that is known from study.trials")
def a_sweep_can_be_continued(subject: Subject) -> None:
    """A strategy keeps nothing itself: new instances, as after a break, propose what one instance does."""
    for example in subject.examples:
        expected = [[trial.settings for trial in study.trials] for study in _played(example)]
        got = [[trial.settings for trial in study.trials] for study in _played(example, is_broken_off=True)]
        if got != expected:
            raise Failure(f"{example.text}, a sweep that is broken off after each trial", expected, got)


def _played(example: Any, *, is_broken_off: bool = False) -> Iterator[Study]:
    """Yield a sweep without trainings at its end: the score of a trial is a function of its settings."""
    with _study_of(example) as study:
        strategy = example.fresh()
        while len(study.trials) < min(study.wanted, _TRIALS):
            strategy = example.fresh() if is_broken_off else strategy
            try:
                settings = strategy.propose(study)
            except GlassnetError as error:
                raise NotChecked(f"it cannot propose here: {error}") from None
            if settings is None:
                break
            figures = {"loss": float(settings.get("lr", 0)) + 0.01 * float(settings.get("seed", 0))}
            study.trials.append(Trial(len(study.trials), settings, FINISHED, figures))
        yield study


@contextmanager
def _study_of(example: Any) -> Iterator[Study]:
    space: Any = space_of(_VARIED)
    with tempfile.TemporaryDirectory() as folder:
        try:
            wanted = example.component.total(space, _TRIALS)
        except GlassnetError:  # it has a number of its own
            wanted = example.component.total(space, None)
        yield Study(space, wanted, 9, 0, "loss", 1, Path(folder))


STRATEGY_CHECKS = Suite((it_proposes, proposals_are_in_the_space, a_sweep_can_be_continued))
