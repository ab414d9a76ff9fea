"""How many threads compute a matrix product."""

from __future__ import annotations

import os
import threading
from collections.abc import Iterable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from functools import cache
from typing import Any

# A thread has to be woken and waited for. Below so many multiplications for each, that takes longer than it saves
# on a machine that has other things to do as well (docs/decisions.md).
PRODUCTS_A_THREAD = 2_500_000
_CHOSEN_BY_USER = ("GLASSNET_THREADS", "OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS", "GOTO_NUM_THREADS")

_lock = threading.Lock()
_at_work = 0
_untouched: list[int] = []


def threads_for(parameters: int, batch_size: int) -> int | None:
    """Return how many threads to compute with, or None where the user has set a number.

    The number depends on nothing but its arguments and the machine's cores: with another one some products are rounded
    otherwise, and equal seeds are to give equal bytes.
    """
    if chosen_by_user():
        return None
    return max(1, min(cores(), parameters * batch_size // PRODUCTS_A_THREAD))


def chosen_by_user() -> str | None:
    """Return the environment variable by which the user has set a number of threads, or None."""
    return next((name for name in _CHOSEN_BY_USER if name in os.environ), None)


def threads_now() -> int | None:
    """Return how many threads compute a product at the moment, or None where nobody knows."""
    return min((library.get_num_threads() for library in _libraries()), default=None)


def cores() -> int:
    """Return the number of cores that this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def blas_threads(count: int | None) -> AbstractContextManager[None]:
    """Compute products with so many threads for a while; None leaves the number as it is.

    A number that a program has set stays too. The number belongs to the process: of two networks that are trained at
    once, the one that began later has its way.
    """
    return nullcontext() if count is None else _limited(count)


@contextmanager
def _limited(count: int) -> Iterator[None]:
    global _at_work
    libraries = _libraries()
    with _lock:
        before = [library.get_num_threads() for library in libraries]
        if _at_work == 0:
            _untouched[:] = before
        _at_work += 1
        if all(threads == cores() for threads in _untouched):
            _set(count for _ in libraries)
    try:
        yield
    finally:
        with _lock:
            _at_work -= 1
            _set(before if _at_work else _untouched)


def _set(counts: Iterable[int]) -> None:
    for library, count in zip(_libraries(), counts, strict=False):
        if library.get_num_threads() != count:
            library.set_num_threads(count)


@cache
def _libraries() -> list[Any]:
    from threadpoolctl import ThreadpoolController

    libraries = ThreadpoolController().select(user_api="blas").lib_controllers
    # MKL does not say to TBB how many threads there are to be.
    return [library for library in libraries if getattr(library, "threading_layer", None) != "tbb"]
