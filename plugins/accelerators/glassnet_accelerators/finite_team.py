"""A look for NaN and infinity in two vectors, shared between the threads of the team.

Each thread looks at the elements that it is about to update. So they are in its core's cache then, where one thread
that looked at all would have taken half of them from the other core.
"""

from __future__ import annotations

from functools import lru_cache

import numpy as np

import glassnet as gn
from glassnet_accelerators import numpy_blas
from glassnet_accelerators.finite_code import module_of_look
from glassnet_machine_code.compiler import addresses_of
from glassnet_machine_code.team import PORTION, code, on_team
from glassnet_parallel.thread_pool import free_workers

# With this number of elements for each thread, threads share the update too, and then have their part in their cache.
FOR_A_THREAD = 50_000


def finds_both_finite(x: gn.Array, y: gn.Array) -> bool:
    """Return True if threads have found that two vectors of equal length are finite.

    False says nothing of them: they may be short, or no thread may be free, or a product of two numbers overflows.
    """
    if not (_is_taken(x) and _is_taken(y)):
        return False
    parts = free_workers(len(x) // FOR_A_THREAD)
    return parts > 1 and on_team(parts, code().share, _plan(parts, len(x)), x, y) == 0


def _is_taken(vector: gn.Array) -> bool:
    return type(vector) is np.ndarray and vector.dtype.char == "f" and vector.flags.c_contiguous


@lru_cache(maxsize=16)
def _plan(parts: int, length: int) -> gn.Array:
    """Return what `share` is given of vectors of a length."""
    (look,) = addresses_of(module_of_look(), "look")
    return np.array([look, parts, PORTION, length, numpy_blas.sdot()], np.int64)
