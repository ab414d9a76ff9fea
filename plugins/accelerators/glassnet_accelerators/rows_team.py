"""Rows of an array, gathered by the threads of the team: the samples of a batch lie all over the memory."""

from __future__ import annotations

from functools import lru_cache

import numpy as np

import glassnet as gn
from glassnet_accelerators.rows_code import module_of_rows
from glassnet_machine_code.compiler import addresses_of
from glassnet_machine_code.team import code, on_team
from glassnet_parallel.thread_pool import free_workers

# With fewer bytes for each thread, a hand-over takes longer than it saves.
FOR_A_THREAD = 100_000
# A thread takes rows of this number of bytes at once.
_PORTION = 32_768


def take_rows(array: gn.Array, indices: gn.Array) -> gn.Array:
    """Return what ``array.take(indices, axis=0)`` returns."""
    length = array[:1].nbytes
    parts = free_workers(len(indices) * length // FOR_A_THREAD)
    if parts > 0 and _are_taken(array, indices):
        rows = np.empty((len(indices), *array.shape[1:]), array.dtype)
        if on_team(parts, code().share, _plan(parts, len(indices), length, len(array)), array, indices, rows) == 0:
            return rows
    return array.take(indices, axis=0)


def _are_taken(array: gn.Array, indices: gn.Array) -> bool:
    are_plain = type(array) is type(indices) is np.ndarray and array.flags.c_contiguous and indices.flags.c_contiguous
    return are_plain and indices.dtype == np.int64 and not array.dtype.hasobject


@lru_cache(maxsize=64)
def _plan(parts: int, count: int, length: int, rows: int) -> gn.Array:
    """Return what `share` is given of so long rows."""
    (copy,) = addresses_of(module_of_rows(), "copy")
    return np.array([copy, parts, max(_PORTION // max(length, 1), 1), count, length, rows], np.int64)
