"""Compiling with Numba, once for a machine where that is possible."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Sequence
from typing import Any, TypeVar

import numba
import numpy as np
from numba.core import sigutils

from glassnet_accelerators.checked_cache import checked_cache

Kernel = TypeVar("Kernel", bound=Callable[..., Any])


def compiled(*signatures: str, reads: str = "") -> Callable[[Kernel], Kernel]:
    """Return a decorator that compiles a function over arrays, for each of the signatures.

    Arrays whose names are among those in `reads` may be read-only; others Numba would refuse.

    The machine code is kept on disk, next to the module or in the user's cache, and read from there the next time, if
    it is what was written (see `checked_cache`). It
    takes no liberties with floating-point numbers, so that it rounds as NumPy does. It divides by zero as NumPy does
    too, and with no test for it in the way goes through several numbers at once.
    """

    def compile_it(kernel: Kernel) -> Kernel:
        typed = [_typed(signature, kernel, reads.split()) for signature in signatures]
        return _cached(numba.njit, kernel, typed, nogil=True, error_model="numpy")  # type: ignore[no-any-return]

    return compile_it


def compiled_ufunc(signature: str, layout: str) -> Callable[[Callable[..., Any]], np.ufunc]:
    """Return a decorator that compiles a function over arrays as a NumPy ufunc, which says what shapes go into it."""

    def compile_it(kernel: Callable[..., Any]) -> np.ufunc:
        return _cached(numba.guvectorize, kernel, [signature], layout, nopython=True).ufunc  # type: ignore[no-any-return]

    return compile_it


def compiled_within(function: Kernel) -> Kernel:
    """Compile a function into those that call it."""
    jit: Any = numba.njit(error_model="numpy")
    jitted: Kernel = jit(function)
    return jitted


def _typed(signature: str, kernel: Callable[..., Any], read: Sequence[str]) -> Any:
    types_of: Any = sigutils.normalize_signature
    arguments, result = types_of(signature)
    names = inspect.signature(kernel).parameters
    return result(
        *(kind.copy(readonly=True) if name in read else kind for name, kind in zip(names, arguments, strict=True))
    )


def _cached(compiler: Any, kernel: Callable[..., Any], *arguments: Any, **options: Any) -> Any:
    try:
        with checked_cache():
            return compiler(*arguments, cache=True, **options)(kernel)
    except RuntimeError:  # no writable place for a cache
        return compiler(*arguments, cache=False, **options)(kernel)
