"""Arrays that lie on disk: which ones do, and how to read them piece by piece."""

from __future__ import annotations

import math
import mmap
from collections.abc import Iterator
from typing import Any

import numpy as np

from glassnet.types import Array

# What is read in one go: long enough for a disk to be fast, and short enough for many to be mixed.
BLOCK_BYTES = 2**20
# A stretch of so many blocks is read as a whole where some of its rows are wanted: files are slow at single rows.
_LONGEST_STRETCH = 16


class Stored:
    """An array of h5py or zarr with what is needed of an array in memory: not all of them have a length."""

    def __init__(self, array: Any) -> None:
        self.array = array
        self.shape = tuple(array.shape)
        self.ndim = len(self.shape)
        self.dtype = array.dtype
        self.chunks = array.chunks

    def __len__(self) -> int:
        length: int = self.shape[0]
        return length

    def __getitem__(self, chosen: Any) -> Array:
        return np.asarray(self.array[chosen])


class Rows:
    """Some rows of an array on disk, in rising order; they are read when they are asked for."""

    def __init__(self, array: Any, indices: Array) -> None:
        self.array = array
        self.indices = indices
        self.shape = (len(indices), *array.shape[1:])
        self.ndim = len(self.shape)
        self.dtype = array.dtype

    def __len__(self) -> int:
        return len(self.indices)

    def __getitem__(self, chosen: slice | int) -> Array:
        wanted = self.indices[chosen]
        if not isinstance(chosen, slice):
            return np.asarray(self.array[int(wanted)])
        first, stop = int(wanted[0]), int(wanted[-1]) + 1
        if (stop - first) * row_bytes(self.array) > _LONGEST_STRETCH * BLOCK_BYTES:
            return np.asarray(self.array[wanted])
        rows: Array = np.asarray(self.array[first:stop])[wanted - first]
        return rows


def is_on_disk(array: Any) -> bool:
    """Return whether an array lies in a file: memory-mapped, a part of such, or of h5py or zarr."""
    if isinstance(array, np.ndarray):
        owner: Any = array
        while isinstance(owner, np.ndarray):
            owner = owner.base
        return isinstance(owner, mmap.mmap)
    return isinstance(array, (Stored, Rows)) or is_stored(array)


def is_stored(array: Any) -> bool:
    """Return whether something is an array of h5py or zarr: such have chunks, and are read by slices."""
    return all(hasattr(array, name) for name in ("shape", "dtype", "chunks"))


def picked(array: Any, indices: Array) -> Any:
    """Return some rows of an array: of one on disk without reading them. The indices have to rise."""
    return Rows(array, indices) if is_on_disk(array) else array[indices]


def rows_of_a_block(array: Any, *others: Any) -> int:
    """Return how many rows are read at once: about a mebibyte in all, and whole chunks of the first array's file."""
    rows = max(1, BLOCK_BYTES // row_bytes(array, *others))
    # Where chunks differ in size, as with dask, there is a number for each.
    chunk = int(np.max((getattr(array, "chunks", None) or (1,))[0]))
    return math.ceil(rows / chunk) * chunk


def row_bytes(*arrays: Any) -> int:
    """Return what one row of all arrays takes, with its place in an order and a label made of it: 8 bytes each."""
    sizes: list[int] = [math.prod(array.shape[1:]) * array.dtype.itemsize for array in arrays]
    return 16 + sum(sizes)


def pieces(array: Any, multiple_of: int = 1) -> Iterator[slice]:
    """Return the places of an array that are to be looked at one after another: all at once where it is in memory."""
    rows = rows_of_a_block(array) if is_on_disk(array) else max(1, len(array))
    rows = math.ceil(rows / multiple_of) * multiple_of
    for start in range(0, len(array), rows):
        yield slice(start, min(start + rows, len(array)))
