"""``gn.sweep(…)``: what a setting does, by trainings that differ in it."""

from __future__ import annotations

import inspect
import os
import shutil
import sys
import tempfile
import weakref
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any

import glassnet as gn
from glassnet.components.services import explained
from glassnet_parallel.backends import backend as backend_of
from glassnet_persistence.folder_claim import claim
from glassnet_sweeps.course import Course
from glassnet_sweeps.fit_task import FitOptions, FitTask, layers_of
from glassnet_sweeps.journal import Journal, has_sweep
from glassnet_sweeps.monitored import monitored
from glassnet_sweeps.progress import Progress
from glassnet_sweeps.result import Sweep
from glassnet_sweeps.space import Space, space_of


@explained
def sweep(
    network: Any,
    x: Any,
    y: Any = None,
    *,
    vary: Mapping[str, Any] | Sequence[str],
    trials: int | None = None,
    strategy: Any = None,
    monitor: str | None = None,
    mode: str = "auto",
    jobs: int = 1,
    backend: str = "loky",
    folder: str | os.PathLike[str] | None = None,
    resume: bool = False,
    validation: Any = None,
    test: Any = None,
    sample_weight: Any = None,
    class_weight: Any = None,
    progress: bool | None = None,
    **options: Any,
) -> Sweep:
    """Train a network many times, with other settings each time, and return what came of it.

    Parameters
    ----------
    network
        A network, whose layers are built anew for each trial, or its layers as specs; None for those of a dataset's
        recipe; or a function that returns one of these, whose parameters are among the settings that vary.
    x, y
        The data, as `fit` takes them; or a dataset, its name or its spec, which brings test data and a recipe.
    vary
        Settings by name, each with a list of values or a range in text: ``{"lr": "1e-4..1e-1:log", "batch_size": [16,
        64], "dropout.rate": "0..0.5"}``. Or texts as on the command line.
    trials
        How many trainings; by default 20, or all of a grid.
    strategy
        What chooses the values: ``"grid"``, ``"random"``, ``"sobol"``, ``"halving"``, ``"tpe"``, or another strategy.
        By default a grid if all values are in lists, else random.
    monitor, mode
        The figure by which trials are compared, by default the loss on the validation data, or else on the training
        data; and whether lower or higher is better, ``"min"`` or ``"max"``, if that is not known of the figure.
    jobs, backend
        How many trainings at a time, and what runs them: ``"loky"``, ``"threading"``, ``"dask"`` or ``"ray"``; the
        latter two also with the address of a cluster, ``"dask:tcp://host:8786"``.
    folder
        The folder of the sweep, in which each trial has one; by default a temporary one, which lasts as long as the
        result.
    resume
        Whether to go on with the sweep in `folder` if there is one. All else is to be given as it was.
    validation, sample_weight, class_weight
        As `fit` takes them.
    test
        Data that the networks are evaluated with, for information.
    progress
        Print a line for each trial; by default where standard error is a terminal.
    options
        Options of `fit`, such as ``loss``, ``optimizer``, ``epochs`` and ``seed``; and ``dtype``.

    Returns
    -------
    Sweep
        The trials, with ``best``, ``to_frame()``, ``to_html()`` and ``save("sweep.html")``. Notebooks show it.

    Raises
    ------
    OptionError
        If a setting is unknown or has values that it cannot have.
    ResumeError
        If the sweep in `folder` was started differently.
    MissingExtraError
        If a strategy or a backend needs a package that is not installed.

    Examples
    --------
    >>> found = gn.sweep("dense(8) tanh dense(1) sigmoid", "xor", vary={"lr": [0.01, 0.1]}, loss="bce",
    ...                  optimizer="adam", epochs=5, progress=False)
    >>> len(found.trials)
    2
    """
    space = space_of(vary)
    weights = {"sample_weight": sample_weight, "class_weight": class_weight}
    task_in = _task(network, x, y, space, options, {**weights, "validation": validation}, test)
    with _claimed(folder, resume) as place:
        task = task_in(place)
        plan = task.options
        is_validated = plan.validation is not None or "validation" in (*task.given, *space.names)
        figure = monitored(monitor, mode, plan.metrics, is_validated)
        course = Course.begun(task, plan, space, strategy, trials, figure)
        if has_sweep(place):
            course = _same(course, task, trials)
        else:
            course.begin()
        is_shown = sys.stderr.isatty() if progress is None else progress
        found = course.run(backend_of(backend), _checked_jobs(jobs), Progress(sys.stderr if is_shown else None))
    if folder is None:
        weakref.finalize(found, shutil.rmtree, place, ignore_errors=True)
    return found


@contextmanager
def _claimed(folder: str | os.PathLike[str] | None, resume: bool) -> Iterator[Path]:
    """Claim the folder of a sweep; make a temporary one if there is none, which an error removes.

    Raises
    ------
    FileError
        If it holds a sweep that is not to be resumed.
    """
    place = Path(tempfile.mkdtemp(prefix="sweep-") if folder is None else folder).resolve()
    if has_sweep(place) and not resume:
        raise gn.FileError(f"{place} already holds a sweep; choose another folder, or go on with it by resume=True")
    with claim(place):
        try:
            yield place
        except BaseException:
            if folder is None:
                shutil.rmtree(place, ignore_errors=True)
            raise


def _task(
    network: Any, x: Any, y: Any, space: Space, options: dict[str, Any], given: dict[str, Any], test: Any
) -> Callable[[Path], FitTask]:
    """Return what trains in a folder: with the data of a dataset, and its recipe, if there is one."""
    data = _dataset(x)
    if data is not None:
        options = {**({} if data.recipe is None else data.recipe.options), **options}
        x, y = data.train, None
        test = data.test if test is None else test
        if given["validation"] is None and "validation" not in options:
            given["validation"] = data.validation
    if "validation" in space.names:
        given["validation"] = None
    if isinstance(given["validation"], float):
        options = {**options, "validation": given.pop("validation")}
    factory = network if inspect.isroutine(network) else None
    if factory is not None:
        names = inspect.signature(factory).parameters
        network = factory(**{each.name: each.grid[0] for each in space if each.name in names})
    given = {name: value for name, value in given.items() if value is not None}
    return partial(FitTask, options=_plan(network, options), x=x, y=y, test=test, given=given, factory=factory)


def _dataset(x: Any) -> gn.Dataset | None:
    """Return the dataset that is given, or named; None for other data."""
    if isinstance(x, gn.Dataset):
        return x
    if isinstance(x, str):
        x = gn.create("dataset", x)
    return x.load() if isinstance(x, gn.DataSource) else None


def _plan(network: Any, options: dict[str, Any]) -> FitOptions:
    """Return a network and how it is trained, checked."""
    from glassnet_commands.step_size import with_step_size

    layers = layers_of(network)
    lr = options.pop("lr", None)
    if layers is not None:
        options = {**options, "layers": gn.Network(layers).layers}
    plan = FitOptions(**options)
    return plan if lr is None else plan.replace(optimizer=with_step_size(plan.optimizer, lr))


def _checked_jobs(jobs: Any) -> int:
    if isinstance(jobs, bool) or not isinstance(jobs, int) or jobs < 1:
        raise gn.OptionError(f"jobs is the number of trainings at a time, 1 or more (got {jobs!r})")
    return jobs


def _same(course: Course, task: FitTask, trials: int | None) -> Course:
    """Return the sweep that is continued, if it is the one that is asked for.

    Raises
    ------
    ResumeError
        If it was started differently.
    """
    told = Journal(task.folder).description()
    mine = course.description()
    for name in ("space", "strategy", "seed", "epochs", "monitor", "sign", "base"):
        if told.get(name) != mine.get(name):
            raise gn.ResumeError(
                f"the sweep in {task.folder} was started with {name}={told.get(name)!r}, and this one has "
                f"{mine.get(name)!r}; give all as it was, or choose another folder"
            )
    return Course.resumed(task, trials)
