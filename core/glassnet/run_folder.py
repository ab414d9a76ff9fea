"""The folder that records a run: history and model after every epoch, and what the run depended on."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

from glassnet.callback import Callback
from glassnet.environment import environment
from glassnet.files import write_whole

if TYPE_CHECKING:
    from glassnet.run import Run

HISTORY = "history.csv"
MODEL = "model.safetensors"
ENVIRONMENT = "environment.json"
EXPERIMENT = "experiment.toml"
SUMMARY = "summary.json"


class RunFolder(Callback):
    """Keeps the folder of a run up to date. It stands last in the list of callbacks, so it saves what they left."""

    def on_run_start(self, run: Run) -> None:
        write_json(_folder(run) / ENVIRONMENT, environment((*run.network.layers, run.options)))
        _save(run)

    def on_epoch_end(self, run: Run) -> None:
        _save(run)

    def on_run_end(self, run: Run) -> None:
        _save(run)


def _save(run: Run) -> None:
    run.history.save_csv(_folder(run) / HISTORY)
    run.network.save(_folder(run) / MODEL)


def _folder(run: Run) -> Path:
    assert run.folder is not None
    return run.folder


def write_json(path: Path, content: dict[str, Any]) -> None:
    """Write a JSON file, whole or not at all."""
    write_whole(path, (json.dumps(content, indent=2, ensure_ascii=False) + "\n").encode())
