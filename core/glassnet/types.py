"""Arrays: their type, which signatures name, and memory for them."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[Any]
Shape = tuple[int, ...]

# The bytes of a line of the cache
_LINE = 64


def aligned(size: int, dtype: Any, make: Any = np.empty) -> Array:
    """Return an array of one axis, with arbitrary contents, that begins where a line of the cache does.

    NumPy's begin 16 bytes behind one, so every vector that a processor with AVX-512 reads spans two lines
    (docs/decisions.md).
    """
    length = size * np.dtype(dtype).itemsize
    memory: Array = make(length + _LINE, np.uint8)
    start = -memory.ctypes.data % _LINE
    return memory[start : start + length].view(dtype)


def aligned_zeros(size: int, dtype: Any) -> Array:
    """Return an array of one axis, filled with zeros."""
    return aligned(size, dtype, np.zeros)
