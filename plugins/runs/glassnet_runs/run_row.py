"""One run as a row: its name, how it went, what it was given, and its figures."""

from __future__ import annotations

import os
from datetime import datetime
from pathlib import Path
from typing import Any

import glassnet as gn
from glassnet_commands.saved_run import read_summary
from glassnet_files.history_csv import read_epochs
from glassnet_persistence.experiment import load_experiment
from glassnet_persistence.folder_claim import LOCK
from glassnet_persistence.run_files import EXPERIMENT, HISTORY, SUMMARY

Row = dict[str, Any]
"""Numbers and text by the name of the column; None if a run has no such value."""

# Options of the experiment that runs are compared by. Its loss is left out: ``loss`` is a figure.
_OPTIONS = ("optimizer", "schedule", "batch_size", "dtype")
# What the first columns are, in this order.
FIRST = ("run", "status", "dataset", "began", "epochs", "seconds", "parameters", "seed", *_OPTIONS, "layers")


def run_row(run: Path, below: Path) -> Row:
    """Return a run as a row.

    The figures of the last epoch have the names of ``history.csv``; those of the test data begin with ``test_``.

    Parameters
    ----------
    run
        Its folder.
    below
        The folder from which its name starts.

    Raises
    ------
    FileError, SpecError
        If a file in it is damaged.
    """
    summary = read_summary(run / SUMMARY)
    experiment = load_experiment(run / EXPERIMENT) if (run / EXPERIMENT).is_file() else {}
    history = read_epochs(run / HISTORY) if (run / HISTORY).is_file() else []
    last = history[-1] if history else {}
    given: Row = {
        "run": os.path.relpath(run, below),
        "status": _status(run, summary),
        "dataset": summary.get("dataset") or experiment.get("dataset"),
        "began": _began(run),
        "epochs": summary.get("epochs") or last.get("epoch", 0),
        "seconds": summary.get("train_seconds"),
        "parameters": summary.get("parameters"),
        "seed": summary.get("seed", experiment.get("seed")),
        **{name: experiment.get(name) for name in _OPTIONS},
        "layers": " ".join(experiment["layers"]) if "layers" in experiment else None,
    }
    figures = {name: value for name, value in last.items() if name != "epoch"}
    test = {f"test_{name}": value for name, value in (summary.get("test") or {}).items()}
    scalars = {name: value for name, value in test.items() if isinstance(value, (int, float))}
    findings = " ".join(each["rule"] for each in summary.get("findings") or ())
    return {**given, **figures, **scalars, "findings": findings or None}


def damaged_row(run: Path, below: Path) -> Row:
    """Return what there is to say of a run whose files cannot be read."""
    return {"run": os.path.relpath(run, below), "status": "damaged"}


def _status(run: Path, summary: dict[str, Any]) -> str:
    if _is_running(run):
        return "running"
    if summary.get("diverged"):
        return "diverged"
    if summary:
        return "interrupted" if summary.get("interrupted") else "finished"
    # From Python: only the command line writes a summary.
    return "broken off" if (run / EXPERIMENT).is_file() else "recorded"


def _is_running(run: Path) -> bool:
    """Return whether the process that has claimed the folder is there. To try the lock would be in its way."""
    try:
        number = int(gn.read_whole(run / LOCK))
        if number > 0:  # others mean groups of processes
            os.kill(number, 0)
    except PermissionError:  # the process of somebody else
        return True
    except (OSError, ValueError, OverflowError):
        return False
    return number > 0


def _began(run: Path) -> str | None:
    for name in (EXPERIMENT, HISTORY):
        try:
            moment = (run / name).stat().st_mtime
        except OSError:
            continue
        return datetime.fromtimestamp(moment).isoformat(" ", "seconds")
    return None


def rows_of(runs: list[Path], below: Path) -> tuple[list[Row], list[str]]:
    """Return a row for each run, and what is wrong with those that cannot be read."""
    rows, problems = [], []
    for run in runs:
        try:
            rows.append(run_row(run, below))
        except gn.GlassnetError as error:
            problems.append(str(error))
            rows.append(damaged_row(run, below))
    return rows, problems
