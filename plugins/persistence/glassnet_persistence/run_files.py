"""The files in the folder of a run: their names, and whether a folder holds a run."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

from glassnet.errors import FileError
from glassnet_files.files import atomic_write
from glassnet_persistence.json_text import json_text, shown_safely

HISTORY = "history.csv"
MODEL = "model.safetensors"
ENVIRONMENT = "environment.json"
EXPERIMENT = "experiment.toml"
SUMMARY = "summary.json"
CHECKPOINT = "checkpoint.safetensors"
RECORD = "record.json"
RECORDING = "recording.safetensors"
FAULT, FAULT_PAGE = "fault.safetensors", "fault.html"

# Of these, a run's folder has at least one; pictures and what callbacks write come beside them.
RUN_FILES = (EXPERIMENT, MODEL, HISTORY, SUMMARY, RECORD, RECORDING, FAULT, FAULT_PAGE, ENVIRONMENT, CHECKPOINT)


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


def write_json(path: Path, content: dict[str, Any]) -> None:
    """Write a JSON file, whole or not at all."""
    text = json_text(content, indent=2, ensure_ascii=False)
    atomic_write(path, f"{shown_safely(text)}\n".encode())
