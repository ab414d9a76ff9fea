"""Arrays on disk: which arrays are, and how to read them block by block."""

from __future__ import annotations

import math
import mmap
from collections.abc import Iterator
from typing import Any

import numpy as np

from glassnet.types import Array
from glassnet_dataloaders.lazy_rows import LazyRows

# The size of a block: long enough for a disk to be fast, and short enough for many blocks to be mixed.
BLOCK_BYTES = 2**20
# A stretch of up to this number of blocks is read as a whole if some of its rows are wanted: single rows are slow.
_LONGEST_STRETCH = 16


class Stored:
    """An array of h5py or zarr with the attributes of an array in memory: some have no length."""

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
    """Some rows of an array on disk, in rising order; they are read when they are indexed."""

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
    """Return whether an array is not in memory: memory-mapped, a part of such an array, of h5py or zarr, or lazy."""
    if isinstance(array, np.ndarray):
        owner: Any = array
        while isinstance(owner, np.ndarray):
            owner = owner.base
        return isinstance(owner, mmap.mmap)
    return isinstance(array, (Stored, Rows, LazyRows)) or is_stored(array)


def is_stored(array: Any) -> bool:
    """Return whether something is an array of h5py or zarr: they have chunks, and are read by slices."""
    return all(hasattr(array, name) for name in ("shape", "dtype", "chunks"))


def picked(array: Any, indices: Array) -> Any:
    """Return some rows of an array, in rising order: of an array on disk without reading them."""
    return Rows(array, indices) if is_on_disk(array) else array[indices]


def rows_of_a_block(array: Any, *others: Any) -> int:
    """Return the number of rows that are read at once: about a mebibyte, and whole chunks of the first array's file."""
    rows = max(1, BLOCK_BYTES // row_bytes(array, *others))
    # Where chunks differ in size, as with dask, there is a number for each.
    chunk = int(np.max((getattr(array, "chunks", None) or (1,))[0]))
    return math.ceil(rows / chunk) * chunk


def row_bytes(*arrays: Any) -> int:
    """Return the bytes of one row of all arrays, with its place in an order and a label made from it: 8 bytes each."""
    sizes: list[int] = [math.prod(array.shape[1:]) * array.dtype.itemsize for array in arrays]
    return 16 + sum(sizes)


def row_blocks(array: Any, multiple_of: int = 1) -> Iterator[slice]:
    """Yield the places of an array on disk that are read one after another."""
    rows = math.ceil(rows_of_a_block(array) / multiple_of) * multiple_of
    for start in range(0, len(array), rows):
        yield slice(start, min(start + rows, len(array)))
