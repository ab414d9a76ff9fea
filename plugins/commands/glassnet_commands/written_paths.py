"""Files that components write: where they may be, and how an experiment file names them."""

from __future__ import annotations

import os
from collections.abc import Collection
from pathlib import Path

import glassnet as gn
from glassnet_persistence.paths import inside, with_written

_ADVICE = "name a file in that folder, or allow it on the command line: glassnet train … --allow-outside"


def as_placed(experiment: gn.Experiment, folder: Path, from_file: Collection[str], anywhere: bool) -> gn.Experiment:
    """Return an experiment whose components of a file write into the folder of the run.

    Parameters
    ----------
    experiment, folder
        The experiment, and the folder of its run, from which relative paths start.
    from_file
        The options that a file gave. The user gave the others, and these may write anywhere.
    anywhere
        Whether the paths of the file may lead out of the folder.

    Raises
    ------
    FileError
        If a path of the file leads out of the folder.
    """

    def placed(path: str) -> str:
        return str(folder / Path(os.path.expanduser(path))) if anywhere else inside(folder, path, _ADVICE)

    given = experiment.options
    return experiment.replace(**{name: with_written(given[name], placed) for name in from_file if name in given})


def as_recorded(experiment: gn.Experiment, folder: Path) -> gn.Experiment:
    """Return an experiment whose components write to the same files, by paths that start from `folder`."""

    def relative(path: str) -> str:
        try:
            return Path(os.path.relpath(path, folder)).as_posix()
        except ValueError:  # another drive of Windows
            return os.path.abspath(path)

    return experiment.replace(**{name: with_written(value, relative) for name, value in experiment.options.items()})
