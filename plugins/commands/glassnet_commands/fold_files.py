"""Folds that are done, in the folder of a run, so that a cross-validation that is broken off can be continued."""

from __future__ import annotations

import io
import json
import os
import shutil
from pathlib import Path
from typing import Any

import attrs
import numpy as np

import glassnet as gn
from glassnet_commands.fold_task import Fold

FOLDS = "folds"
_DESCRIPTION = "description.json"


@attrs.frozen
class FoldFiles:
    """Two files for each fold: its answers, and then its figures, whose presence says that the fold is done.

    Attributes
    ----------
    folder
        The folder of these files, which is made with the first of them.
    described
        What the folds are of.
    """

    folder: Path
    described: dict[str, Any]

    @classmethod
    def of(cls, run: Path, experiment: gn.Experiment, count: int) -> FoldFiles:
        """Return the files in the folder of a run; those of another experiment, table or number are removed."""
        source: Any = experiment.dataset
        path = Path(os.path.expanduser(source.path))
        training = experiment.replace(dataset=source.replace(path=path.name)).to_toml()
        size_and_time = [path.stat().st_size, path.stat().st_mtime_ns]
        described = {"folds": count, "training": training, "table": size_and_time}
        files = cls(run / FOLDS, described)
        if files._read(_DESCRIPTION) != described:
            remove_folds(run)
        return files

    def figures(self, number: int) -> dict[str, float] | None:
        """Return the figures of a fold; None if it is not done."""
        found: dict[str, float] | None = self._read(f"{number}.json")
        return found

    def answers(self, number: int) -> gn.Array:
        """Return the answers of a fold, which stay in their file."""
        gn.check_regular(self.folder / f"{number}.npy")
        answers: gn.Array = np.load(self.folder / f"{number}.npy", mmap_mode="r")
        return answers

    def write(self, fold: Fold) -> None:
        """Keep a fold that is done."""
        self.folder.mkdir(exist_ok=True)
        gn.atomic_write(self.folder / _DESCRIPTION, json.dumps(self.described).encode())
        content = io.BytesIO()
        np.save(content, fold.answers)
        gn.atomic_write(self.folder / f"{fold.number}.npy", content.getvalue())
        figures = {name: float(value) for name, value in fold.figures.items() if np.ndim(value) == 0}  # type: ignore[arg-type]
        gn.atomic_write(self.folder / f"{fold.number}.json", json.dumps(figures).encode())

    def _read(self, name: str) -> Any:
        try:
            return json.loads(gn.read_whole(self.folder / name))
        except (OSError, ValueError):
            return None


def remove_folds(run: Path) -> None:
    """Remove the files in the folder of a run."""
    shutil.rmtree(run / FOLDS, ignore_errors=True)
