"""A sweep from its beginning, or from where it was broken off, to its end."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import attrs

import glassnet as gn
from glassnet_parallel.backends import Backend, runner
from glassnet_parallel.thread_pool import num_threads
from glassnet_persistence.plain_options import as_plain
from glassnet_sweeps.engine import Engine
from glassnet_sweeps.journal import Journal
from glassnet_sweeps.result import Sweep
from glassnet_sweeps.setting import Setting
from glassnet_sweeps.space import Space, checked
from glassnet_sweeps.strategy import Strategy
from glassnet_sweeps.study import Study
from glassnet_sweeps.task import Task
from glassnet_sweeps.trial import Trial

_ADVICE = "go on with fewer jobs: glassnet sweep --resume DIR --jobs 1"


@attrs.frozen(eq=False)
class Course:
    """A sweep that is to be run.

    Attributes
    ----------
    study
        The sweep, as the strategy sees it.
    strategy
        What chooses the settings.
    task
        What trains them.
    """

    study: Study
    strategy: Strategy
    task: Task

    @classmethod
    def begun(
        cls, task: Task, base: Any, space: Space, strategy: Any, trials: int | None, monitor: tuple[str, int]
    ) -> Course:
        """Return a new sweep, when all of its settings have been tried on the experiment without training.

        Raises
        ------
        OptionError, ShapeError
            If a setting is unknown, or the network cannot be trained with some value.
        """
        space = checked(space, lambda settings: task.experiment(base, settings), task.free)
        for settings in corners(space):
            try:
                task.check(task.experiment(base, settings))
            except gn.GlassnetError as error:
                error.add_note(f"with {', '.join(f'{name}={value}' for name, value in settings.items())}")
                raise
        chosen = _strategy(strategy, space, trials)
        study = Study(space, chosen.total(space, trials), base.epochs, base.seed, *monitor, task.folder)
        return cls(study, chosen, task)

    @classmethod
    def resumed(cls, task: Task, trials: int | None) -> Course:
        """Return the sweep that the journal in the folder of a task describes.

        Parameters
        ----------
        task
            What trains.
        trials
            The number of trials that it is to have now, or None for as many as it was to have.
        """
        journal = Journal(task.folder)
        told = journal.description()
        try:
            space = Space(tuple(Setting.of_plain(each) for each in told["space"]))
            chosen: Strategy = gn.create("strategy", told["strategy"])
            wanted = told["trials"] if trials is None else max(told["trials"], chosen.total(space, trials))
            rest = {name: told[name] for name in ("epochs", "seed", "monitor", "sign")}
        except (KeyError, TypeError, AttributeError) as error:
            raise gn.FileError(f"the first line of {journal.path} is damaged ({error}); start a new sweep") from None
        return cls(Study(space, wanted, folder=task.folder, **rest), chosen, task)

    def begin(self) -> None:
        """Write the first line of the journal."""
        Journal(self.task.folder).begin(self.description())

    def description(self) -> dict[str, Any]:
        """Return what the journal says of the sweep."""
        base = as_plain(self.task.base())
        return {"strategy": repr(self.strategy), **self.study.as_plain(), "base": base}

    def run(self, backend: Backend, jobs: int, on_ended: Callable[[Trial, Study], None]) -> Sweep:
        """Run the trials that are left, and return the sweep with its files written."""
        threads = max(1, num_threads() // jobs) if backend.is_here else None
        task = attrs.evolve(self.task, threads=threads)
        study = self.study
        if Journal(task.folder).description()["trials"] != study.wanted:
            Journal(task.folder).extended(study.wanted)
        engine = Engine(study, self.strategy, task, Journal(task.folder), lambda trial: on_ended(trial, study))
        try:
            with runner(backend, jobs, _ADVICE) as run:
                engine.run(run)
        finally:
            study.trials = engine.journal.trials()
            sweep = Sweep(study, repr(self.strategy))
            sweep.write()
        return sweep


def corners(space: Space) -> list[dict[str, Any]]:
    """Return the settings at their first values, and each setting in turn at its other values."""
    first = {each.name: each.grid[0] for each in space}
    others = [{**first, each.name: value} for each in space for value in _ends(each)]
    return [first, *others]


def _ends(setting: Setting) -> list[Any]:
    return [setting.grid[-1]] if setting.is_range else list(setting.values[1:])


def _strategy(given: Any, space: Space, trials: int | None) -> Strategy:
    """Return the strategy that is asked for; by default a grid of lists, and random values of ranges."""
    if given is None:
        is_grid = trials is None and not any(each.is_range for each in space)
        given = "grid" if is_grid else "random"
    chosen: Strategy = gn.create("strategy", given)
    return chosen
