"""The run of MLflow that stands for a sweep: its trials are nested in it."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import glassnet as gn
from glassnet_files.file_lock import LockedError, lock, open_to_lock
from glassnet_trackers.mlflow_store import Store

# In the folder of a run or of a sweep: which run of MLflow it is.
RUN_FILE = "mlflow.json"
# What the folder of a sweep has, and its trials are folders in it.
_JOURNAL = "journal.jsonl"
_WAIT = 0.05


def sweep_of(folder: Path | None) -> Path | None:
    """Return the folder of the sweep that a run is a trial of, or None."""
    if folder is None or not (folder.resolve().parent / _JOURNAL).is_file():
        return None
    return folder.resolve().parent


@contextmanager
def one_at_a_time(sweep: Path | None) -> Iterator[None]:
    """Let one trial after the other begin: several at once would make the tables of a database twice."""
    if sweep is None:
        yield
        return
    with open_to_lock(sweep / ".mlflow.lock", "a+b") as file:
        while True:
            try:
                lock(file)
                break
            except LockedError:
                time.sleep(_WAIT)
        yield


def parent_of(sweep: Path, store: Store, experiment: str, tags: dict[str, str]) -> str:
    """Return the id of the run of a sweep, which the trial that begins first makes."""
    file = sweep / RUN_FILE
    if file.is_file():
        return str(json.loads(gn.read_whole(file))["run_id"])
    run_id = store.start(experiment, sweep.name, tags, {})
    store.end(run_id, "FINISHED")
    note_run(sweep, run_id, experiment)
    return run_id


def note_run(folder: Path, run_id: str, experiment: str) -> None:
    """Write into a folder which run of MLflow it is."""
    known = {"run_id": run_id, "experiment": experiment}
    gn.atomic_write(folder / RUN_FILE, (json.dumps(known, indent=2) + "\n").encode())
