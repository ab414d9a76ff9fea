"""Locks on open files. The system releases them when the process ends, however it ends."""

from __future__ import annotations

import os
import sys
from io import FileIO
from pathlib import Path
from typing import BinaryIO

if sys.platform == "win32":
    import msvcrt
else:
    import fcntl


class LockedError(Exception):
    """A file is locked elsewhere."""


# A link in a folder of somebody else may lead to any file of the user, and a pipe would wait for a writer.
_CAREFUL = getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0)


def lock(file: BinaryIO) -> None:
    """Lock an open file until it is closed; on a file system without locks, do nothing.

    Raises
    ------
    LockedError
        If the file is open elsewhere, in this process or another, and locked there.
    """
    try:
        if sys.platform == "win32":
            msvcrt.locking(file.fileno(), msvcrt.LK_NBLCK, 1)
        else:
            fcntl.flock(file.fileno(), fcntl.LOCK_EX | fcntl.LOCK_NB)
    except (BlockingIOError, PermissionError):
        raise LockedError from None
    except OSError:
        return


def open_to_lock(path: Path, mode: str) -> BinaryIO:
    """Open a file that may be in the way; raise `OSError` if it is a link."""
    return FileIO(path, mode, opener=lambda name, flags: os.open(name, flags | _CAREFUL, 0o666))


def is_still_at(file: BinaryIO, path: Path) -> bool:
    """Return whether a path still leads to an open file, which may have been moved or removed meanwhile."""
    try:
        return os.path.samestat(os.fstat(file.fileno()), path.lstat())
    except OSError:
        return False
