"""The folder that records a run: its history, model and state, and what it depended on."""

from __future__ import annotations

import os
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

from glassnet.components.callback import Callback
from glassnet.data.finite import first_not_finite
from glassnet.errors import FileError
from glassnet.registry.hookspecs import run_hookimpl
from glassnet.support.files import write_whole
from glassnet_persistence.json_text import json_text
from glassnet_persistence.provenance import environment

if TYPE_CHECKING:
    from glassnet.training.run import Run

HISTORY = "history.csv"
MODEL = "model.safetensors"
ENVIRONMENT = "environment.json"
EXPERIMENT = "experiment.toml"
SUMMARY = "summary.json"
CHECKPOINT = "checkpoint.safetensors"

# Of these, a run's folder has at least one; pictures and what callbacks write come beside them.
RUN_FILES = (EXPERIMENT, MODEL, HISTORY, SUMMARY, ENVIRONMENT, CHECKPOINT)

# Small networks run through hundreds of epochs in a second; more work than this is never lost.
_SECONDS_BETWEEN_SAVES = 2.0


class RunFolder(Callback):
    """Keeps the folder of a run up to date. Its hooks come last, so it saves what other callbacks leave."""

    @run_hookimpl(trylast=True)
    def on_run_start(self, run: Run) -> None:
        memory = run.memory(self)
        memory._is_described = False
        memory._saved_at = time.monotonic()
        if not run.is_as_saved:
            self._save_results(run)

    @run_hookimpl(trylast=True)
    def on_epoch_end(self, run: Run) -> None:
        memory = run.memory(self)
        if run.epoch == run.epochs or time.monotonic() - memory._saved_at > _SECONDS_BETWEEN_SAVES:
            self._save_results(run)
            run.save_state()
            memory._saved_at = time.monotonic()

    @run_hookimpl(trylast=True)
    def on_exception(self, run: Run, exception: BaseException) -> None:
        run.memory(self)._has_nothing_new = run.is_as_saved

    @run_hookimpl(trylast=True)
    def on_run_end(self, run: Run) -> None:
        memory = run.memory(self)
        # If a callback before this one has failed in on_run_start, the folder holds nothing of the run.
        if hasattr(memory, "_saved_at") and not getattr(memory, "_has_nothing_new", False):
            self._save_results(run)

    def _save_results(self, run: Run) -> None:
        """Write history and model, if it is finite, and first of all what the run depends on."""
        memory = run.memory(self)
        if not memory._is_described:
            described = environment((*run.network.layers, run.options)) | run.computed_with
            used = {"accelerators": run.acceleration.used, "changes": run.changes}
            write_json(_folder(run) / ENVIRONMENT, described | used)
            memory._is_described = True
        run.history.save_csv(_folder(run) / HISTORY)
        if first_not_finite(run.network) is None:
            run.network.save(_folder(run) / MODEL)


def is_continued(folder: str | os.PathLike[str], resume_from: str | os.PathLike[str] | None) -> bool:
    """Tell whether the run in a folder is the one that is continued."""
    return resume_from is not None and Path(folder).resolve() == Path(resume_from).resolve()


def refuse_run(folder: str | os.PathLike[str], resume_from: str | os.PathLike[str] | None) -> None:
    """Raise `FileError` if a folder holds a run other than the one that is continued.

    Parameters
    ----------
    folder
        Where a run is to be recorded.
    resume_from
        The folder of the run that is continued, or None.
    """
    path = Path(folder)
    if is_continued(folder, resume_from):
        return
    found = [name for name in RUN_FILES if (path / name).exists()]
    if found:
        raise FileError(
            f"{path} already holds a run (it has {found[0]}); choose another folder, continue that run by "
            "resume_from=…, or remove it by overwrite=True"
        )


def check_resumed(resume_from: str | os.PathLike[str], folder: str | os.PathLike[str] | None) -> None:
    """Raise `FileError` if a folder that a run is to be continued from cannot be that of a run.

    It may be empty, or be the `folder` of the new run: then nothing was saved yet.
    """
    path = Path(resume_from)
    if folder is not None and is_continued(folder, resume_from):
        return
    if not path.is_dir():
        problem = "it is a file" if path.exists() else "there is no such folder"
    elif any(path.iterdir()) and not any((path / name).exists() for name in RUN_FILES):
        problem = "it does not hold a run"
    else:
        return
    raise FileError(f"cannot resume {path}: {problem}; give the folder of a run, such as runs/xor-1")


def remove_run(folder: Path) -> None:
    """Remove the files of a run from a folder; pictures and files of others stay."""
    for name in reversed(RUN_FILES):  # the state first: without it, nothing continues the old run
        try:
            (folder / name).unlink(missing_ok=True)
        except OSError as error:
            problem = error.strerror or error
            raise FileError(f"cannot remove {folder / name}: {problem}; choose another folder") from None


def _folder(run: Run) -> Path:
    assert run.folder is not None
    return run.folder


def write_json(path: Path, content: dict[str, Any]) -> None:
    """Write a JSON file, whole or not at all."""
    write_whole(path, (json_text(content, indent=2, ensure_ascii=False) + "\n").encode())
