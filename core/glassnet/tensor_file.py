"""Safetensors files of ours: arrays by name, and one text that describes them."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from glassnet.arrays import Array
from glassnet.errors import FileError, ModelFileError


def pack(arrays: dict[str, Array], key: str, text: str) -> bytes:
    """Return the contents of a file.

    The text is all of the metadata: safetensors writes several keys in an order that changes from process to process.
    """
    from safetensors.numpy import save

    return save({name: np.ascontiguousarray(a).reshape(a.shape) for name, a in arrays.items()}, {key: text})


def unpack(path: Path, key: str, what: str, advice: str) -> tuple[str | None, dict[str, Array]]:
    """Read a file; return its text, or None where it has none under `key`, and its arrays.

    Parameters
    ----------
    path, key
        The file, and the key of its text.
    what, advice
        What the file should be, and what to do where it is damaged, in the words of messages.

    Raises
    ------
    FileError, ModelFileError
        When it cannot be read, or is damaged.
    """
    from safetensors import SafetensorError, safe_open

    try:
        path.open("rb").close()  # safetensors' own message for a folder does not name it
        with safe_open(path, framework="numpy") as file:
            text = (file.metadata() or {}).get(key)
            return text, {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118 - it is no dict
    except OSError as error:
        raise FileError(f"cannot read the {what} {path}: {error.strerror or error}; check the path") from None
    except SafetensorError as error:
        raise ModelFileError(f"{path} is damaged or no {what} file ({error}); {advice}") from None
