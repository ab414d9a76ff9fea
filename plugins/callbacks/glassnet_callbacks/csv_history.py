"""The history of a run as a CSV file, while it grows."""

from __future__ import annotations

import math
from pathlib import Path
from time import monotonic

import glassnet as gn

# A file that is written whole grows with every epoch: written after each of thousands of short epochs it would
# take far longer than the training.
_SECONDS_BETWEEN_WRITES = 1.0


class CsvHistory(gn.Callback):
    """Writes the history after an epoch: a header, then a line an epoch with every figure.

    Where epochs take less than a second, it writes about once a second. When the run ends, however it ends, every
    epoch is written. The whole file replaces the old one, so readers find whole epochs.

    Raises
    ------
    OptionError
        When neither a path nor a folder for the run is given.
    FileError
        When the file's folder cannot be made or written; before the first step, if that can be told.
    """

    only_watches = True

    path: str | None = gn.option(None, written=True, help="the file; by default history.csv in the run's folder")

    def on_run_start(self, run: gn.Run) -> None:
        file = gn.csv_path(self._file(run))
        gn.ensure_directory(file.parent)
        if file.is_dir():
            raise gn.FileError(f"csv_history: {file} is a folder; give the name of a file")
        run.state_of(self)._written_at = -math.inf

    def on_epoch_end(self, run: gn.Run) -> None:
        memory = run.state_of(self)
        if monotonic() - memory._written_at >= _SECONDS_BETWEEN_WRITES:
            run.history.save_csv(self._file(run))
            memory._written_at = monotonic()

    def on_run_end(self, run: gn.Run) -> None:
        if run.epoch > 0 and not run.is_as_saved:
            run.history.save_csv(self._file(run))

    def _file(self, run: gn.Run) -> Path:
        if self.path is not None:
            return Path(self.path)
        if run.folder is None:
            raise gn.OptionError(
                "csv_history has no file to write; give one with csv_history(path='history.csv'), "
                "or give the run a folder"
            )
        return run.folder / "history.csv"
