"""What the command line adds to the folder of a run: the experiment, and a summary for other programs."""

from __future__ import annotations

from pathlib import Path
from time import perf_counter
from typing import Any

import glassnet as gn
from glassnet_commands.formatting import finite_or_none
from glassnet_files.files import atomic_write
from glassnet_persistence.run_files import EXPERIMENT, SUMMARY, write_json

_INPUTS_LOOKED_AT = 1000


class RunRecord(gn.Callback):
    """Writes the experiment when the run starts, and the summary if it is broken off.

    Of a continued run, nothing in the folder changes before the first step: until then it is the run that it was.
    """

    experiment: str = gn.option(help="text of the experiment file")
    # A component, so that the distribution that gives it is listed among those that the run depended on.
    dataset: gn.DataSource = gn.option(kind="dataset", help="where the data come from")
    data: Any = gn.option(help="the data")

    def on_run_start(self, run: gn.Run) -> None:
        memory = run.state_of(self)
        memory._started_at = perf_counter()
        memory._is_written = False
        if not run.is_as_saved:
            self._write(run)

    def on_batch_end(self, run: gn.Run) -> None:
        if not run.state_of(self)._is_written:
            self._write(run)

    def _write(self, run: gn.Run) -> None:
        atomic_write(_folder(run) / EXPERIMENT, self.experiment.encode())
        # That of a finished run that is continued: if this process is killed, the run is not finished.
        (_folder(run) / SUMMARY).unlink(missing_ok=True)
        run.state_of(self)._is_written = True

    def on_exception(self, run: gn.Run, exception: BaseException) -> None:
        memory = run.state_of(self)
        # The folder may hold nothing of this process, or may have been moved away.
        if not getattr(memory, "_is_written", False) or not _folder(run).is_dir():
            return
        seconds = perf_counter() - memory._started_at
        known = summary(_folder(run), self.dataset, self.data, run.network, run.options.seed)
        write_json(_folder(run) / SUMMARY, {**known, **outcome(run.epoch, seconds)})
        exception.add_note(f"the run so far is in {run.folder}")


def summary(folder: Path, dataset: gn.DataSource, data: gn.Dataset, network: gn.Network, seed: int) -> dict[str, Any]:
    """Return what is to be known of a run apart from its outcome."""
    inputs = data.train.x[:_INPUTS_LOOKED_AT]
    mean = float(inputs.mean()) if len(inputs) else 0.0  # the rows of a large table may all be other ranks'
    return {
        "run": str(folder),
        "dataset": repr(dataset),
        "task": data.task,
        "classes": list(data.classes),
        "inputs": {"pixels": bool(network.inputs and network.inputs.pixels), "mean": round(mean, 3)},
        "parameters": network.layout.size,
        "seed": seed,
    }


def outcome(epochs: int, seconds: float, test: dict[str, float] | None = None) -> dict[str, Any]:
    """Return how a run went. One without figures on the test data was broken off."""
    return {
        "epochs": epochs,
        "train_seconds": round(seconds, 3),
        "interrupted": test is None,
        "test": None if test is None else finite_or_none(test),
    }


def _folder(run: gn.Run) -> Path:
    assert run.folder is not None
    return run.folder
