"""The folder of a run, from its name to its contents."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterator
from pathlib import Path

import glassnet as gn
from glassnet.run_folder import CHECKPOINT, ENVIRONMENT, EXPERIMENT, HISTORY, MODEL, SUMMARY

RUNS = Path("runs")


@contextlib.contextmanager
def claimed_folder(wanted: Path | None, name: str) -> Iterator[Path]:
    """Make the folder of a run, and take it away again if nothing was put into it.

    Parameters
    ----------
    wanted
        The folder, which may exist if it holds no run. Without it, ``runs/<name>-<n>`` with the next free number.
    name
        Name of the data.

    Raises
    ------
    FileError
        When the folder holds a run already, or cannot be written.
    """
    above = wanted or RUNS
    absent = [folder for folder in (above, *above.parents) if not os.path.exists(folder)]
    try:
        if wanted is not None:
            _refuse_run(wanted)
            folder = gn.make_folder(wanted)
        else:
            folder = _next_free(name)
            absent.insert(0, folder)
        yield folder
    finally:
        for made in absent:
            # One that holds something is not removed.
            with contextlib.suppress(OSError):
                made.rmdir()


def _refuse_run(folder: Path) -> None:
    for file in (EXPERIMENT, MODEL, HISTORY, SUMMARY, ENVIRONMENT, CHECKPOINT):
        if os.path.exists(folder / file):
            raise gn.FileError(f"{folder} already holds a run (it has {file}); choose another folder")


def _next_free(name: str) -> Path:
    """Make ``runs/<name>-<n>``. A run that starts at the same time gets another number."""
    gn.make_folder(RUNS)
    numbers = [each.name.removeprefix(f"{name}-") for each in RUNS.glob(f"{name}-*")]
    number = max((int(number) for number in numbers if number.isdecimal()), default=0)
    while True:
        number += 1
        folder = RUNS / f"{name}-{number}"
        with contextlib.suppress(FileExistsError):
            folder.mkdir()
            return folder
