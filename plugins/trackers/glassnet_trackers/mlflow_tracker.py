"""MLflow: a run with parameters, metrics, artifacts and the model."""

from __future__ import annotations

import getpass
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import glassnet as gn
from glassnet_trackers.findings_text import findings_text
from glassnet_trackers.mlflow_store import Store
from glassnet_trackers.sweep_parent import RUN_FILE, note_run, one_at_a_time, parent_of, sweep_of
from glassnet_trackers.tracker import Tracker

_STATUS = {"finished": "FINISHED", "interrupted": "KILLED", "failed": "FAILED"}
_FILES = ("experiment.toml", "environment.json", "summary.json", "history.csv")


class MLflow(Tracker):
    """Sends runs to MLflow: ``mlflow ui`` shows those of the current folder.

    A run has the options as parameters, the figures of each epoch as metrics, and the model with its signature. After
    ``glassnet train`` also the figures of the test data, the files and pictures of the run, and what the doctor finds.

    The store is the file `path`, else the one that ``MLFLOW_TRACKING_URI`` names, else ``mlflow.db`` in the current
    folder. An experiment file cannot name a server: only your own environment can. Needs
    ``pip install "glassnet[mlflow]"``.
    """

    experiment: str = gn.option("glassnet", help="the experiment of MLflow that the run belongs to")
    path: str | None = gn.option(None, written=True, help="an SQLite file; by default as the environment says")
    parent: str | None = gn.option(
        None, help="the id of the run of MLflow that this one is nested in; by default that of a sweep, for its trials"
    )
    model: bool = gn.option(True, help="send the model at the end")

    def begin(self, run: gn.Run) -> None:
        memory = run.state_of(self)
        folder = None if run.folder is None else Path(run.folder)
        sweep = sweep_of(folder)
        memory._sent_before = 0
        with one_at_a_time(sweep):
            memory._store = Store(self.path)
            if run.saved is not None and hasattr(memory, "run_id"):
                memory._sent_before = memory._store.reopen(memory.run_id)
                return
            tags = {"mlflow.user": _user(), "mlflow.source.name": "glassnet"}
            parent = self.parent
            if parent is None and sweep is not None:
                parent = parent_of(sweep, memory._store, self.experiment, tags)
            if parent is not None:
                tags["mlflow.parentRunId"] = parent
            name = None if folder is None else folder.name
            memory.run_id = memory._store.start(self.experiment, name, tags, self.parameters(run))

    def log(self, run: gn.Run, epoch: int, figures: Mapping[str, float], seconds: float) -> None:
        memory = run.state_of(self)
        if epoch > memory._sent_before:
            memory._store.log(memory.run_id, figures, epoch, seconds)

    def finish(self, run: gn.Run, status: str) -> None:
        memory = run.state_of(self)
        if run.folder is not None:
            note_run(Path(run.folder), memory.run_id, self.experiment)
        if self.model and gn.first_not_finite(run.network) is None:
            memory._store.save_model(memory.run_id, run.network)
        memory._store.end(memory.run_id, _STATUS[status])

    def record(self, folder: Path, summary: Mapping[str, Any]) -> None:
        store = Store(self.path)
        run_id = json.loads(gn.read_whole(folder / RUN_FILE))["run_id"]
        test = (summary.get("test") or {}).items()
        figures = {f"test_{name}": value for name, value in test if isinstance(value, (int, float))}
        store.log(run_id, figures, int(summary.get("epochs") or 0))
        findings = summary.get("findings") or []
        rules = " ".join(each["rule"] for each in findings)
        store.note(run_id, {"glassnet.findings": rules}, {"findings.md": findings_text(findings)})
        files = [folder / name for name in _FILES if (folder / name).is_file()]
        store.save_files(run_id, [*files, *sorted(folder.glob("*.png"))])


def _user() -> str:
    try:
        return getpass.getuser()
    except (OSError, KeyError):  # a container's user without a name
        return ""
