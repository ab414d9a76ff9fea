"""Files that are written whole or not at all."""

from __future__ import annotations

import errno
import hashlib
import os
import re
import secrets
import stat
import sys
import tempfile
from collections.abc import Collection, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import BinaryIO

from glassnet.components.services import check_memory
from glassnet.errors import FileError, OptionError
from glassnet_files.file_lock import LockedError, is_still_at, lock, open_to_lock

_PART = ".partial"
_ENDING = re.compile(r"\.[A-Za-z]\w*")


def atomic_write(path: str | os.PathLike[str], content: bytes) -> None:
    """Write a file so that its name stands for the old contents or the new, and never for a part.

    Raises
    ------
    FileError
        When the folder cannot be written; what was there before is still there.
    """
    with atomic_file(path) as part:
        part.write(content)


@contextmanager
def atomic_file(path: str | os.PathLike[str]) -> Iterator[BinaryIO]:
    """Open a file whose name stands for the old contents until the block ends without an error, and then for the new.

    Raises
    ------
    FileError
        When the folder cannot be written; what was there before is still there.
    """
    path = Path(path)
    if "\0" in str(path):
        raise FileError(f"cannot write {path}: its name has a null character; choose another name")
    try:
        with new_part(path) as part:
            try:
                yield part
                part.flush()
                os.fsync(part.fileno())
                if sys.platform == "win32":  # where an open file cannot be moved
                    part.close()
                os.replace(part.name, path)
            except BaseException:
                with suppress(OSError):
                    os.unlink(part.name)
                raise
    except FileError:  # of a file that is read in the block
        raise
    except OSError as error:
        problem = error.strerror or error
        raise FileError(f"cannot write {path}: {problem}; choose a folder that can be written") from None


def read_whole(path: str | os.PathLike[str]) -> bytes:
    """Return the contents of a file.

    Raises
    ------
    OSError
        If it cannot be read, or is a device or a pipe, which may have no end.
    OutOfMemoryError
        If it is larger than the memory that is left.
    """
    check_regular(path)
    check_memory(os.stat(path).st_size, f"reading {os.fspath(path)}", "give a smaller file")
    return Path(path).read_bytes()


def check_regular(path: str | os.PathLike[str]) -> None:
    """Raise `OSError` if a path leads to a device or a pipe."""
    try:
        mode = os.stat(path).st_mode
    except ValueError as error:
        raise OSError(errno.EINVAL, str(error), os.fspath(path)) from None
    if not stat.S_ISREG(mode) and not stat.S_ISDIR(mode):
        raise OSError(errno.EINVAL, "it is a device or a pipe, which may have no end", os.fspath(path))


def new_part(path: Path) -> BinaryIO:
    """Open a new file beside `path` for what is to be its contents, locked while it is open.

    Its name follows from that of `path`, so the next one for this path finds what a killed process left, and removes
    it. While another process or thread writes the same file, the name is a random one.
    """
    own = hashlib.sha256(os.fsencode(path.name)).hexdigest()[:16]
    _remove_abandoned(path.parent / f".{own}{_PART}")
    name = own
    while True:
        # Made like any new file, so that the system gives it the permissions that the user asked for.
        with suppress(FileExistsError):
            part = (path.parent / f".{name}{_PART}").open("xb")
            with suppress(LockedError):  # by another writer, who is about to remove it as abandoned
                lock(part)
                if is_still_at(part, Path(part.name)):
                    return part
            part.close()
        name = secrets.token_hex(8)


def remove_parts(folder: Path) -> None:
    """Remove what killed processes left half-written in a folder."""
    for part in folder.glob(f".*{_PART}"):
        _remove_abandoned(part)


def _remove_abandoned(part: Path) -> None:
    """Remove a part file unless somebody is writing it, which its lock tells."""
    with suppress(OSError, LockedError), open_to_lock(part, "rb") as file:
        lock(file)
        if is_still_at(file, part):
            part.unlink()


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


def ensure_directory(path: str | os.PathLike[str]) -> Path:
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
    except (OSError, ValueError) as error:
        problem = getattr(error, "strerror", None) or error
        raise FileError(f"cannot write into {path}: {problem}; choose another folder") from None
