"""Checkpoints: the state of a run in one file, written whole or not at all."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import numpy as np

from glassnet.errors import ModelFileError
from glassnet.types import Array
from glassnet_files.files import atomic_write
from glassnet_persistence.run_files import CHECKPOINT
from glassnet_persistence.run_state import RunState
from glassnet_persistence.state_schema import check_state
from glassnet_persistence.tensor_file import FORMAT, decode, encode

_KEY = "glassnet-run"
_ADVICE = "start the run anew"
_ARRAY = "array"


def save_checkpoint(state: RunState, path: Path) -> None:
    """Write the state of a run to a file."""
    arrays: dict[str, Array] = {}
    skeleton = _without_arrays(state, "", arrays)
    atomic_write(path, encode(arrays, _KEY, json.dumps({"format": FORMAT, **skeleton})))


def saved_state(folder: str | os.PathLike[str]) -> RunState | None:
    """Return the last state saved in a run folder, or None where the run was broken off before the first."""
    path = Path(folder) / CHECKPOINT
    return load_checkpoint(path) if path.exists() else None


def load_checkpoint(path: Path) -> RunState:
    """Read what `save_checkpoint` wrote.

    Raises
    ------
    FileError, ModelFileError
        When the file cannot be read, or is damaged.
    """
    content, arrays = decode(path, _KEY, "checkpoint", _ADVICE)
    if content is None:
        raise ModelFileError(f"{path} is not the checkpoint of a run; give the folder of a run that was broken off")
    try:
        state: RunState = _with_arrays(content, arrays)
    except RecursionError:
        raise ModelFileError(f"{path} is damaged: its contents are nested too deeply; {_ADVICE}") from None
    check_state(state, str(path), _ADVICE)
    return state


def _without_arrays(value: Any, path: str, arrays: dict[str, Array]) -> Any:
    """Return `value` for JSON; each array goes into `arrays`, and a note of its name in its place."""
    if isinstance(value, np.ndarray):
        arrays[path] = value
        return {_ARRAY: path}
    if isinstance(value, dict):
        return {name: _without_arrays(each, f"{path}/{name}", arrays) for name, each in value.items()}
    if isinstance(value, list):
        return [_without_arrays(each, f"{path}/{index}", arrays) for index, each in enumerate(value)]
    return value


def _with_arrays(value: Any, arrays: dict[str, Array]) -> Any:
    if isinstance(value, dict):
        if set(value) == {_ARRAY} and isinstance(value[_ARRAY], str) and value[_ARRAY] in arrays:
            return arrays[value[_ARRAY]]
        return {name: _with_arrays(each, arrays) for name, each in value.items()}
    if isinstance(value, list):
        return [_with_arrays(each, arrays) for each in value]
    return value
