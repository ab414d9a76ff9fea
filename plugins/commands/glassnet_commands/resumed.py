"""A run that is to be continued."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import glassnet as gn
from glassnet_commands.echoed import echo
from glassnet_commands.saved_run import read_summary
from glassnet_persistence.folder_claim import Claim, claim
from glassnet_persistence.run_files import CHECKPOINT, EXPERIMENT, SUMMARY


@contextmanager
def resumed_folder(folder: Path) -> Iterator[Claim]:
    """Claim the folder of a run that is to be continued; say on standard error if no state of the run was saved.

    Raises
    ------
    FileError
        If the folder does not hold a run of the command line, or another process or thread writes there.
    """
    what_to_do = "give the folder of a run, such as runs/xor-1"
    if not folder.exists():
        raise gn.FileError(f"cannot resume {folder}: there is no such folder; {what_to_do}")
    if not folder.is_dir():
        raise gn.FileError(f"cannot resume {folder}: it is a file; {what_to_do}")
    if not (folder / EXPERIMENT).is_file():
        raise gn.FileError(f"cannot resume {folder}: it is not a run, it has no {EXPERIMENT}; {what_to_do}")
    with claim(folder) as claimed:
        if not (folder / CHECKPOINT).exists():
            echo(f"{folder} has no saved state yet: the run starts at its beginning", err=True)
        yield claimed


def finished_result(folder: Path, settings: dict[str, Any]) -> dict[str, Any] | None:
    """Return the summary of a run that is finished; None if `settings` ask for more epochs, or for anything else."""
    summary = read_summary(folder / SUMMARY)
    is_finished = summary.get("interrupted") is False and settings.get("epochs", 0) <= summary.get("epochs", 0)
    return summary if is_finished and set(settings) <= {"epochs"} else None
