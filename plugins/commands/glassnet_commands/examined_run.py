"""The folder of a run, examined by the rules of the doctor."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any

import glassnet as gn
from glassnet_commands.saved_run import open_saved
from glassnet_doctor.case import Case
from glassnet_doctor.diagnose import examine
from glassnet_doctor.finding import Findings
from glassnet_doctor.record import Record
from glassnet_files.history_csv import read_epochs
from glassnet_persistence.experiment import load_experiment
from glassnet_persistence.file_schema import Schema, entry, read_json, structured
from glassnet_persistence.run_files import EXPERIMENT, HISTORY, RECORD

_ADVICE = "restore it, or remove it to do without"


def examined_run(run: Path) -> Findings:
    """Return what the rules find in a run.

    Raises
    ------
    FileError
        If the folder does not hold a run with an experiment, or a file in it is damaged.
    """
    if not run.is_dir():
        raise gn.FileError(f"{run} is not the folder of a run; give one, such as runs/mnist-1, or use gn.diagnose")
    saved = open_saved(run)
    experiment = gn.Experiment(**load_experiment(run / EXPERIMENT))
    data = saved.load_data()
    return examine(
        Case(
            saved.network,
            data.train,
            loss=experiment.loss,
            validation=data.test,
            record=read_record(run / RECORD, experiment),
            history=read_history(run / HISTORY),
        )
    )


class _Record(Schema):
    """What ``record.json`` holds."""

    names: tuple[str, ...] = entry(())
    steps: int = entry(0, ge=0)
    steps_per_epoch: int | None = entry(None, ge=1)
    diverged: dict[str, Any] | None = entry(None)
    samples: tuple[tuple[Any, ...], ...] = entry()


def read_record(path: Path, experiment: gn.Experiment | None) -> Record:
    """Return what the doctor kept of a run; an empty record if there is no such file."""
    try:
        text = gn.read_whole(path)
    except OSError:  # a run of a version that recorded nothing, or that was killed
        return Record(experiment)
    plain = read_json(text, str(path), gn.FileError, _ADVICE)
    structured(_Record, plain, str(path), gn.FileError, _ADVICE)
    try:
        record = Record.of_plain(plain, experiment)
        _ = record.samples  # each has the same numbers for every parameter
    except (TypeError, KeyError, AttributeError, ValueError) as error:
        raise gn.FileError(f"{path} is damaged ({error}); {_ADVICE}") from None
    return record


def read_history(path: Path) -> dict[str, list[float]]:
    """Return the figures of a run by name, one for each epoch; a missing figure is NaN."""
    epochs = read_epochs(path)
    names = {name: None for epoch in epochs for name in epoch}
    return {name: [epoch.get(name, math.nan) for epoch in epochs] for name in names}
