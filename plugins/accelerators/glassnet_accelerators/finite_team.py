"""A look for NaN and infinity in two vectors, shared between the threads of the team.

Each thread looks at the elements that it is about to update. So they are in its core's cache then, where one thread
that looked at all would have taken half of them from the other core.
"""

from __future__ import annotations

import math
from typing import Any

import llvmlite.binding
import numpy as np
from numba import types

import glassnet as gn
from glassnet_accelerators import numpy_blas
from glassnet_accelerators.compiled import address_of, compiled
from glassnet_accelerators.compiled_team import array_at, on_team, over_range, pointers_to
from glassnet_parallel.thread_pool import free_workers

# With fewer elements for each thread, a hand-over takes longer than it saves.
FOR_A_THREAD = 150_000

llvmlite.binding.add_symbol("glassnet_numpy_sdot", numpy_blas.sdot())
_sdot: Any = types.ExternalFunction(
    "glassnet_numpy_sdot", types.float32(types.int64, types.int64, types.int64, types.int64, types.int64)
)
_integers = pointers_to(types.int64)
_NUMBER = 4


@address_of("void(i8)")
def _look(address: int) -> None:
    numbers = array_at(_integers(address), 4)
    start, count = numbers[0], numbers[1] - numbers[0]
    vectors = array_at(_integers(numbers[2]), 2)
    product = _sdot(count, vectors[0] + start * _NUMBER, 1, vectors[1] + start * _NUMBER, 1)
    numbers[3] = not math.isfinite(product)


@compiled("i8(i8, i8, f4[::1], f4[::1], i8[:,::1])")
def _look_at_both(function: int, parts: int, x: gn.Array, y: gn.Array, table: gn.Array) -> int:
    vectors = np.empty(2, np.int64)
    vectors[0], vectors[1] = x.ctypes.data, y.ctypes.data
    return over_range(table, function, parts, 0, len(x), vectors.ctypes.data)


def finds_both_finite(x: gn.Array, y: gn.Array) -> bool:
    """Return True if threads have found that two vectors of equal length are finite.

    False says nothing of them: they may be short, or no thread may be free, or a product of two numbers overflows.
    """
    if x.dtype.char != "f" or y.dtype.char != "f":
        return False
    parts = free_workers(len(x) // FOR_A_THREAD)
    return parts > 1 and on_team(parts, _look_at_both, _look, parts, x, y) == 0
