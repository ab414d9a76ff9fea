"""Samples in temporary files, which are removed when the arrays that map them are gone."""

from __future__ import annotations

import os
import shutil
import tempfile
import weakref
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np

from glassnet.errors import FileError
from glassnet.types import Array
from glassnet_splits.split import Split

# For files that are large: where /tmp is a part of the memory, /var/tmp is on the disk.
_ON_DISK = "/var/tmp"
_ADVICE = "set TMPDIR to a folder on a larger disk, or leave columns out"


class LargeFolder:
    """A temporary folder."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._users = 0

    def keep_for(self, arrays: Sequence[Array]) -> None:
        """Keep the folder until all of some arrays are gone."""
        self._users = len(arrays)
        for array in arrays:
            weakref.finalize(array, self._leave)

    def _leave(self) -> None:
        self._users -= 1
        self.remove_unused()

    def remove_unused(self) -> None:
        """Remove the folder unless an array of it is in use."""
        if self._users == 0:
            shutil.rmtree(self.path, ignore_errors=True)


@contextmanager
def large_folder(what: str, needed: int) -> Iterator[LargeFolder]:
    """Make a temporary folder, which is removed after the block unless it is kept for arrays.

    Parameters
    ----------
    what, needed
        What is to be written there, for messages, and its bytes.

    Raises
    ------
    FileError
        If the disk has less room.
    """
    parent = os.environ.get("TMPDIR") or (_ON_DISK if os.access(_ON_DISK, os.W_OK) else tempfile.gettempdir())
    left = shutil.disk_usage(parent).free
    if needed > left:
        raise FileError(
            f"{what} takes {needed / 1e9:,.1f} GB as inputs of a network, and {parent} has {left / 1e9:,.1f} GB left; "
            f"{_ADVICE}"
        )
    folder = LargeFolder(Path(tempfile.mkdtemp(prefix="glassnet-table-", dir=parent)))
    try:
        yield folder
    finally:
        folder.remove_unused()


class SampleFiles:
    """Samples and targets of one part, one behind another in two files."""

    def __init__(self, folder: Path, name: str) -> None:
        self.count = 0
        self._paths = folder / f"{name}.x", folder / f"{name}.y"
        self._forms: list[tuple[Any, tuple[int, ...]]] = []

    def append(self, split: Split) -> None:
        """Write the samples of a split behind those that are there.

        Raises
        ------
        FileError
            If the disk is full.
        """
        arrays = split.x, split.y
        self._forms = [(array.dtype, array.shape[1:]) for array in arrays]
        try:
            for path, array in zip(self._paths, arrays, strict=True):
                with path.open("ab") as file:
                    file.write(np.ascontiguousarray(array).data)
        except OSError as error:
            raise FileError(f"cannot write into {self._paths[0].parent}: {error.strerror}; {_ADVICE}") from None
        self.count += len(split)

    def split(self, preprocessing: Any) -> Split:
        """Return all samples as arrays that stay in the files."""
        x, y = (
            np.memmap(path, dtype, "r", shape=(self.count, *shape))
            for path, (dtype, shape) in zip(self._paths, self._forms, strict=True)
        )
        return Split(x, y, columns=preprocessing.input_names, preprocessing=preprocessing)
