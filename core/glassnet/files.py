"""Files that are written whole or not at all."""

from __future__ import annotations

import os
import secrets
import tempfile
from contextlib import suppress
from pathlib import Path

from glassnet.errors import FileError


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
