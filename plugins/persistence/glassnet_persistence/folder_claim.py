"""The claim on a run's folder: one run at a time writes there, whether in this process or in another."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import BinaryIO

import attrs

from glassnet.errors import FileError
from glassnet_files.file_lock import LockedError, is_still_at, lock, open_to_lock
from glassnet_files.files import ensure_directory, remove_parts

LOCK = ".lock"

_held: set[BinaryIO] = set()


@attrs.frozen(eq=False)
class Claim(os.PathLike[str]):
    """A folder that is claimed: `Network.fit` records into it without claiming it again."""

    path: Path

    def __fspath__(self) -> str:
        return str(self.path)


@contextmanager
def claim(folder: str | os.PathLike[str], *, is_new: bool = False) -> Iterator[Claim]:
    """Claim a folder within a ``with`` block, and make it, with those above it, if there is none.

    What killed processes left half-written there is removed. Folders that were made are removed again if they stay
    empty. A process that ends in any way loses its claims.

    Parameters
    ----------
    folder
        The folder, or a `Claim` on it, which is passed on.
    is_new
        Whether the folder is to be made by this call.

    Raises
    ------
    FileError
        If another process or thread has claimed the folder, or it cannot be written.
    FileExistsError
        If `is_new` and there is such a folder.
    """
    if isinstance(folder, Claim):
        yield folder
        return
    path = Path(folder)
    absent = [each for each in (path, *path.parents) if not each.exists()]
    try:
        if is_new:
            ensure_directory(path.parent)
            path.mkdir()
        ensure_directory(path)
        file = _locked(path)
        try:
            remove_parts(path)
            yield Claim(path)
        finally:
            _release(file, path / LOCK)
    finally:
        for made in absent:
            # One that holds something is not removed.
            with suppress(OSError):
                made.rmdir()


def _locked(folder: Path) -> BinaryIO:
    """Return the open lock of a folder, with the number of this process in it."""
    path = folder / LOCK
    while True:
        try:
            file = open_to_lock(path, "a+b")
        except OSError as error:
            raise _not_written(path, error) from None
        try:
            lock(file)
        except LockedError:
            owner = _owner(file)
            file.close()
            raise FileError(
                f"{folder} is in use: a run{owner} writes there; wait until it ends, or choose another folder"
            ) from None
        if is_still_at(file, path):
            try:
                file.truncate(0)
                file.write(str(os.getpid()).encode())
            except OSError as error:  # the disk is full, or a pipe has this name
                _release(file, path)
                raise _not_written(path, error) from None
            _held.add(file)
            return file
        file.close()  # the run that held it has just ended, and has removed it


def _not_written(path: Path, error: OSError) -> FileError:
    problem = error.strerror or error
    return FileError(f"cannot write into {path.parent}: {problem}: {path}; choose another folder")


def _owner(file: BinaryIO) -> str:
    """Return which process has a lock, as far as its file says so."""
    with suppress(OSError):
        file.seek(0)
        number = file.read(20)
        if number.isdigit():
            return f" of process {number.decode()}"
    return ""


def _release(file: BinaryIO, path: Path) -> None:
    _held.discard(file)
    if is_still_at(file, path):  # the folder may have been moved, and another one be in its place
        with suppress(OSError):
            path.unlink()
    file.close()


def _close_held() -> None:
    while _held:
        _held.pop().close()


if hasattr(os, "register_at_fork"):
    # A forked process shares the open files, and would keep the folder locked after its parent has ended.
    os.register_at_fork(after_in_child=_close_held)
