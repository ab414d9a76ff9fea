"""Predictions for the rows of tables as they are written: a CSV file, and an object of JSON, a piece at a time."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import Any, TextIO

import numpy as np

from glassnet_commands.table_predictions import TableAnswers
from glassnet_files.files import atomic_file, check_ending
from glassnet_persistence.json_text import json_text


class CsvAnswers(ExitStack):
    """A table with the ids of the rows, the predictions, and the probability of each class.

    Parameters
    ----------
    path, ids, classes
        The file, the names of the columns that name the rows, and the classes; no classes for a regression.

    Raises
    ------
    FileError
        If the file cannot be written, or its ending is another one than that of CSV.
    """

    def __init__(self, path: Path, ids: Sequence[str], classes: Sequence[str]) -> None:
        super().__init__()
        self._ids, self._classes = ids, classes
        self._file = self.enter_context(atomic_file(check_ending(path, [".csv"], "predictions are written as CSV")))
        self._is_first = True

    def append(self, part: TableAnswers) -> None:
        """Write the answers for some rows behind those that are there."""
        import polars

        columns: dict[str, Any] = {name: part.ids.get(name, [None] * len(part.predictions)) for name in self._ids}
        columns["prediction"] = part.predictions
        if part.probabilities is not None:
            chances = part.probabilities.astype(np.float64)
            columns |= {f"probability {name}": chances[:, place] for place, name in enumerate(self._classes)}
        polars.DataFrame(columns, strict=False).write_csv(self._file, include_header=self._is_first)
        self._is_first = False


class JsonAnswers(ExitStack):
    """One object of JSON with all predictions, the probabilities of the classes, and the notes.

    Predictions come first, and so the lists wait in temporary files until all rows are answered.
    """

    def __init__(self, classes: Sequence[str]) -> None:
        super().__init__()
        self._classes = classes
        names = ("predictions", "probabilities") if classes else ("predictions",)
        self._lists = {name: self.enter_context(tempfile.TemporaryFile("w+")) for name in names}  # noqa: SIM115

    def append(self, part: TableAnswers) -> None:
        """Keep the answers for some rows."""
        self._append("predictions", part.predictions)
        if part.probabilities is not None:
            rows = part.probabilities.tolist()
            self._append("probabilities", [dict(zip(self._classes, row, strict=True)) for row in rows])

    def print(self, stream: TextIO, notes: Sequence[str]) -> None:
        """Print the object."""
        for start, (name, file) in zip(("{", ", "), self._lists.items(), strict=False):
            stream.write(f'{start}"{name}": [')
            file.seek(0)
            shutil.copyfileobj(file, stream)
            stream.write("]")
        stream.write(f', "notes": {json_text(list(notes))}}}\n')

    def _append(self, name: str, values: list[Any]) -> None:
        file = self._lists[name]
        file.write(", " if file.tell() else "")
        file.write(json_text(values)[1:-1])
