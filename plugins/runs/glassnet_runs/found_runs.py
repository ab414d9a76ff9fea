"""The runs in a folder and below."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import glassnet as gn
from glassnet_persistence.run_files import EXPERIMENT, HISTORY

# Where MLflow keeps copies of the files of runs.
_COPIES = ("mlartifacts", "mlruns")
# Not the summary: a sweep has one too, and the folders of its runs are in that of the sweep.
_MARKS = (EXPERIMENT, HISTORY)


def is_run(folder: Path) -> bool:
    """Return whether a folder is that of a run."""
    return any((folder / name).is_file() for name in _MARKS)


def runs_below(folder: Path) -> list[Path]:
    """Return the folders of runs in a folder and below it, sorted by the time at which they began.

    Raises
    ------
    FileError
        If there is no such folder, or no run in it.
    """
    if not folder.is_dir():
        raise gn.FileError(f"there is no folder {folder}; name the one in which glassnet train has put its runs")
    found = sorted(_walked(folder), key=lambda run: (_began(run), str(run)))
    if not found:
        raise gn.FileError(f"{folder} has no runs; name the folder in which glassnet train has put its runs")
    return found


def _walked(folder: Path) -> Iterator[Path]:
    for name, folders, _ in os.walk(folder):
        folders[:] = [each for each in folders if not each.startswith(".") and each not in _COPIES]
        if is_run(Path(name)):
            yield Path(name)


def _began(run: Path) -> float:
    """Return when a run began: its experiment is written once, unless it is continued."""
    for name in _MARKS:
        try:
            return (run / name).stat().st_mtime
        except OSError:
            continue
    return 0.0
