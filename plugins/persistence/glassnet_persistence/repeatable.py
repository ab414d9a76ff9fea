"""Whether the steps of a recorded run can be repeated in one process."""

from __future__ import annotations

from pathlib import Path

import glassnet as gn
from glassnet_persistence.file_schema import read_json
from glassnet_persistence.run_files import ENVIRONMENT, EXPERIMENT


def check_repeatable(run: Path) -> None:
    """Raise `OptionError` if several processes trained a run: a step of theirs is not the step of one.

    Each of them had a part of the batch, and random numbers of its own.
    """
    try:
        content = gn.read_whole(run / ENVIRONMENT)
    except OSError:  # a run that says nothing of what it was trained on
        return
    told = read_json(content, str(run / ENVIRONMENT), gn.FileError, "restore it, or remove it to do without")
    ranks = told.get("ranks", 1)
    most = max(ranks) if isinstance(ranks, list) else ranks
    if most > 1:
        experiment = run / EXPERIMENT
        again = f"glassnet train {experiment}" if experiment.exists() else "python SCRIPT"
        raise gn.OptionError(
            f"the run in {run} was trained by {most} ranks, whose steps one process does not repeat; train it again "
            f"with mpiexec -n {most} {again}, and look at both with glassnet compare"
        )
