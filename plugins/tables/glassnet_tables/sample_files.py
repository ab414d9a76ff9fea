"""Samples in temporary files, which are removed when the arrays that map them are gone."""

from __future__ import annotations

import math
import os
import shutil
import tempfile
import weakref
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from zlib import crc32

import numpy as np

from glassnet.errors import FileError
from glassnet.types import Array
from glassnet_splits.split import Split
from glassnet_tables.readers import Readers

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


class StoredRows(np.memmap):
    """Samples or targets in a temporary file. A part of them has none of the following.

    Attributes
    ----------
    digest
        What tells these rows from others: the CRC-32 of the rows of each piece of the table, of all processes.
    rows_of_all
        Number of rows that the processes have which read the table together; None if this one read all.
    """

    digest: str | None = None
    rows_of_all: int | None = None


class SampleFiles:
    """Samples and targets of one part, one behind another in two files."""

    def __init__(self, folder: Path, name: str) -> None:
        self.count = 0
        self._paths = folder / f"{name}.x", folder / f"{name}.y"
        self._forms: list[tuple[Any, tuple[int, ...]]] = []
        self._digests: dict[int, list[int]] = {}

    def append(self, split: Split, number: int) -> None:
        """Write the samples of a piece of the table behind those that are there.

        Raises
        ------
        FileError
            If the disk is full.
        """
        arrays = [np.ascontiguousarray(array) for array in (split.x, split.y)]
        self._forms = [(array.dtype, array.shape[1:]) for array in arrays]
        try:
            for path, array in zip(self._paths, arrays, strict=True):
                with path.open("ab") as file:
                    file.write(array.data)
        except OSError as error:
            raise FileError(f"cannot write into {self._paths[0].parent}: {error.strerror}; {_ADVICE}") from None
        self.count += len(split)
        self._digests[number] = [crc32(array.data) for array in arrays]

    def split(self, preprocessing: Any, readers: Readers) -> Split | None:
        """Return all samples as arrays that stay in the files; None if no process has one."""
        told = readers.gather((self.count, self._forms, self._digests))
        total = sum(count for count, _, _ in told)
        if total == 0:
            return None
        forms = next(forms for _, forms, _ in told if forms)
        digests = dict(sorted((number, each) for _, _, digests in told for number, each in digests.items()))
        x, y = (
            self._mapped(path, form, " ".join(f"{each[place]:08x}" for each in digests.values()))
            for place, (path, form) in enumerate(zip(self._paths, forms, strict=True))
        )
        if readers.size > 1:
            x.rows_of_all = y.rows_of_all = total
        return Split(x, y, columns=preprocessing.input_names, preprocessing=preprocessing)

    def _mapped(self, path: Path, form: tuple[Any, tuple[int, ...]], digest: str) -> StoredRows:
        dtype, shape = form
        if self.count == 0:  # an empty file cannot be mapped
            path.write_bytes(bytes(dtype.itemsize * math.prod(shape)))
        rows: Any = StoredRows(path, dtype, "r", shape=(max(self.count, 1), *shape))[: self.count]
        rows.digest = f"{dtype.str} {shape} {crc32(digest.encode()):08x}"
        stored: StoredRows = rows
        return stored


def rows_of_all(split: Split) -> int:
    """Return the number of samples that all processes have which read a table together."""
    total: int | None = getattr(split.x, "rows_of_all", None)
    return len(split) if total is None else total
