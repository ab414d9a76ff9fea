"""``glassnet train --dry-run``: everything up to the first step of a training, and what the training will take."""

from __future__ import annotations

import math
import statistics
import tempfile
from contextlib import suppress
from pathlib import Path
from time import perf_counter
from typing import Any

import numpy as np
from rich.filesize import decimal

import glassnet as gn
from glassnet_commands.command_line import ANSWER_IS_NO
from glassnet_commands.echoed import echo
from glassnet_commands.recorded_training import Ended, fit_recorded, training_settings
from glassnet_commands.run_directory import refuse_run
from glassnet_commands.written_paths import as_placed
from glassnet_distributed.launcher import launched_ranks
from glassnet_memory.memory_limit import memory_left
from glassnet_persistence.folder_claim import claim
from glassnet_persistence.paths import with_written
from glassnet_tables.sample_files import rows_of_all

# Steps are timed until both are reached, or the training is over.
_FEWEST_STEPS = 3
_SECONDS = 1.0


class _EnoughError(Exception):
    """Ends a training that is not to go on."""


class _StopBeforeFirstStep(gn.Callback):
    """Ends a training before its first step, and keeps the number of steps and the memory of the optimizer."""

    found: Any = gn.option(help="a dictionary that gets the figures")

    def on_batch_start(self, run: gn.Run) -> None:
        arrays = [*run.bound_optimizer.slots.values(), *run.bound_optimizer.scalars.values()]
        self.found.update(
            steps=None if run.steps_per_epoch is None else run.total_steps,
            optimizer=sum(array.nbytes for array in arrays),
        )
        raise _EnoughError


class _TimeSteps(gn.Callback):
    """Takes the time of steps, and ends the training when that is enough."""

    seconds: Any = gn.option(help="a list that gets the time of each step")

    def on_batch_start(self, run: gn.Run) -> None:
        now = perf_counter()
        memory = run.state_of(self)
        if run.step:
            self.seconds.append(now - memory._before)
        else:
            memory._start = now
        if len(self.seconds) >= _FEWEST_STEPS and now - memory._start > _SECONDS:
            raise _EnoughError
        memory._before = perf_counter()


def dry_run(
    network: gn.Network,
    experiment: gn.Experiment,
    data: gn.Dataset,
    out: Path | None,
    from_file: frozenset[str],
    allow_outside: bool,
    quiet: bool,
    distributed: str | bool,
) -> Ended:
    """Do all that a training does before its first step, in a temporary folder, and measure what it will take."""
    if out is not None:
        refuse_run(out)
    found: dict[str, Any] = {}
    with tempfile.TemporaryDirectory() as folder, claim(folder) as claimed:
        placed = _within(as_placed(experiment, claimed.path, from_file, allow_outside), claimed.path)
        with suppress(_EnoughError):
            fit_recorded(network, placed, data, claimed, [_StopBeforeFirstStep(found)], quiet, distributed=distributed)
    if not quiet:
        network.summary()
    result: dict[str, Any] = {
        "dry_run": True,
        "dataset": repr(experiment.dataset),
        "samples": {name: rows_of_all(split) for name, split in _splits(data).items()},
        "parameters": network.layout.size,
        "steps": found["steps"],
        "memory": _memory(network, experiment, data, found["optimizer"]),
    }
    times: list[float] = []
    try:
        with suppress(_EnoughError):
            settings = {**training_settings(experiment, data), "callbacks": [_TimeSteps(times)]}
            network.fit(data.train, progress=False, **settings)
    except gn.NonFiniteError as error:
        echo(f"error: {error}", err=True)
        return Ended({**result, "step_seconds": None, "train_seconds": None}, exit_code=ANSWER_IS_NO)
    step = statistics.median(times) if times else None
    steps = found["steps"]
    return Ended(result | {"step_seconds": step, "train_seconds": step * steps if step and steps else None})


def dry_run_as_rank(network: gn.Network, experiment: gn.Experiment, data: gn.Dataset, distributed: str | bool) -> Ended:
    """Go up to the first step together with rank 0, which measures alone, and says what the training will take."""
    settings = {**training_settings(experiment, data), "callbacks": [*experiment.callbacks, _StopBeforeFirstStep({})]}
    with suppress(_EnoughError):
        network.fit(data.train, distributed=distributed, **settings)
    return Ended({})


def print_dry_run(result: dict[str, Any]) -> None:
    """Print what a training will take."""
    memory = result["memory"]
    parts = ", ".join(f"{name} {decimal(size)}" for name, size in memory.items() if name not in ("total", "left"))
    echo(f"memory    at least {decimal(memory['total'])}: {parts}; {decimal(memory['left'])} are left")
    seconds, steps = result["train_seconds"], result["steps"]
    if seconds is None:
        echo("time      unknown: the training is too short to be timed, or the number of its steps is unknown")
    else:
        each = f"{steps:,} steps of {1000 * result['step_seconds']:.3g} ms"
        besides = "validation and test" if launched_ranks() == 1 else "validation, test and what the ranks send"
        echo(f"time      about {_duration(seconds)}: {each}; {besides} come on top")
    echo("dry run   nothing was written; leave out --dry-run to train")


def _within(experiment: gn.Experiment, folder: Path) -> gn.Experiment:
    """Return an experiment whose components write into a folder, wherever they were to write."""
    written = {
        name: with_written(value, lambda path: str(folder / Path(path).name))
        for name, value in experiment.options.items()
    }
    return experiment.replace(**written)


def _splits(data: gn.Dataset) -> dict[str, gn.Split]:
    named = {"train": data.train, "validation": data.validation, "test": data.test}
    return {name: split for name, split in named.items() if split is not None}


def _memory(network: gn.Network, experiment: gn.Experiment, data: gn.Dataset, optimizer: int) -> dict[str, int]:
    """Return the bytes that are taken at the least, by what takes them, their sum, and the bytes that are left."""
    values = network.flat_parameters
    arrays = [array for split in _splits(data).values() for array in (split.x, split.y)]
    numbers = experiment.batch_size * sum(math.prod(shape) for shape in network.shapes)
    taken = {
        "data": sum(getattr(array, "nbytes", 0) for array in arrays if not isinstance(array, np.memmap)),
        "parameters and gradients": 2 * values.nbytes,
        "optimizer": optimizer,
        "outputs of a batch": numbers * values.itemsize,
    }
    return {**taken, "total": sum(taken.values()), "left": int(memory_left())}


def _duration(seconds: float) -> str:
    """Return a duration as people say it: ``1.2 s``, ``3 min``, ``2.5 h``."""
    for unit, length in (("h", 3600), ("min", 60)):
        if seconds >= 2 * length:
            return f"{seconds / length:.2g} {unit}"
    return f"{seconds:.2g} s"
