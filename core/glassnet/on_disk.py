"""Arrays that lie on disk: which ones do, and how to read them piece by piece."""

from __future__ import annotations

import math
import mmap
from collections.abc import Iterator
from typing import Any

import numpy as np

from glassnet.arrays import Array

# What is read in one go: long enough for a disk to be fast, and short enough for many to be mixed.
BLOCK_BYTES = 2**20


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

    def __getitem__(self, chosen: slice) -> Array:
        return np.asarray(self.array[self.indices[chosen]])


def is_on_disk(array: Any) -> bool:
    """Return whether an array lies in a file: memory-mapped, a part of such, or of h5py or zarr."""
    if isinstance(array, np.ndarray):
        owner: Any = array
        while isinstance(owner, np.ndarray):
            owner = owner.base
        return isinstance(owner, mmap.mmap)
    return isinstance(array, Rows) or all(hasattr(array, name) for name in ("shape", "dtype", "chunks"))


def picked(array: Any, indices: Array) -> Any:
    """Return some rows of an array: of one on disk without reading them. The indices have to rise."""
    return Rows(array, indices) if is_on_disk(array) else array[indices]


def rows_of_a_block(array: Any, *others: Any) -> int:
    """Return how many rows are read at once: about a mebibyte in all, and whole chunks of the first array's file."""
    rows = max(1, BLOCK_BYTES // row_bytes(array, *others))
    chunk = (getattr(array, "chunks", None) or (1,))[0]
    return int(-(-rows // chunk) * chunk)


def row_bytes(*arrays: Any) -> int:
    """Return what one row of all arrays takes, with its place in an order and a label made of it: 8 bytes each."""
    return 16 + sum(math.prod(array.shape[1:]) * int(array.dtype.itemsize) for array in arrays)


def pieces(array: Any) -> Iterator[slice]:
    """Return the places of an array that are to be looked at one after another: all at once where it is in memory."""
    rows = rows_of_a_block(array) if is_on_disk(array) else max(1, len(array))
    for start in range(0, len(array), rows):
        yield slice(start, min(start + rows, len(array)))
