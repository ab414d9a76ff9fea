"""Compiling with Numba, once for a machine where that is possible."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, TypeVar

import numba

Kernel = TypeVar("Kernel", bound=Callable[..., Any])


def compiled(*signatures: str) -> Callable[[Kernel], Kernel]:
    """Return a decorator that compiles a function over arrays, for each of the signatures.

    The machine code is kept on disk, next to the module or in the user's cache, and read from there the next time. It
    takes no liberties with floating-point numbers, so that it rounds as NumPy does: it divides by zero as NumPy does
    too, and with no test for it in the way goes through several numbers at once.
    """

    def compile_it(kernel: Kernel) -> Kernel:
        try:
            return _jit(signatures, kernel, cache=True)
        except RuntimeError:  # there is no place for a cache that can be written to
            return _jit(signatures, kernel, cache=False)

    return compile_it


def _jit(signatures: Sequence[str], kernel: Kernel, *, cache: bool) -> Kernel:
    jit: Any = numba.njit(list(signatures), cache=cache, nogil=True, error_model="numpy")
    jitted: Kernel = jit(kernel)
    return jitted
