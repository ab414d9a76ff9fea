"""Files that are written whole or not at all."""

from __future__ import annotations

import os
import re
import secrets
import tempfile
from collections.abc import Collection
from contextlib import suppress
from pathlib import Path

from glassnet.errors import FileError, OptionError

_ENDING = re.compile(r"\.[A-Za-z]\w*")


def write_whole(path: str | os.PathLike[str], content: bytes) -> None:
    """Write a file so that its name stands for the old contents or the new, and never for a part.

    Raises
    ------
    FileError
        When the folder cannot be written; what was there before is still there.
    """
    path = Path(path)
    temporary = path.parent / f".{secrets.token_hex(8)}.partial"
    try:
        # Made like any new file, so that the system gives it the permissions that the user asked for.
        with temporary.open("xb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        os.replace(temporary, path)
    except OSError as error:
        problem = error.strerror or error
        raise FileError(f"cannot write {path}: {problem}; choose a folder that can be written") from None
    finally:
        with suppress(OSError):
            temporary.unlink()


def check_ending(path: str | os.PathLike[str], allowed: Collection[str], what: str) -> Path:
    """Return `path`, unless its ending names another format than the one that is written.

    Parameters
    ----------
    path
        Where to write. A path without an ending, or with a number as in ``best-0.93``, is always allowed.
    allowed
        The endings of the format, such as ``[".svg"]``; the first is recommended.
    what
        The subject of the message in the plural, with the format: ``"models are written as safetensors"``.

    Raises
    ------
    FileError
        If the ending is another one.
    OptionError
        If `path` is not a path.
    """
    if not isinstance(path, (str, os.PathLike)):
        raise OptionError(f"{what} to a path (got {path!r}); give a name such as 'name{next(iter(allowed))}'")
    path = Path(path)
    if path.suffix.lower() not in allowed and _ENDING.fullmatch(path.suffix):
        raise FileError(f"{what} (got {path}); name the file {path.with_suffix(next(iter(allowed)))}")
    return path


def make_folder(path: str | os.PathLike[str]) -> Path:
    """Make a folder, with those above it, and see that it can be written.

    Raises
    ------
    FileError
        When it cannot be.
    """
    path = Path(path)
    try:
        path.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=path):
            return path
    except OSError as error:
        raise FileError(f"cannot write into {path}: {error.strerror or error}; choose another folder") from None
