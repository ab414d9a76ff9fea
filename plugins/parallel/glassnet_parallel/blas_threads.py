"""Limit matrix products to the thread that asks for them.

OpenBLAS' own threads wait for each other by spinning: beside another busy process a product takes 10 to 35 times as
long. Their number belongs to the whole process, and rounding depends on it. So glassnet multiplies with one thread of
the library, and shares large products between threads of its own (docs/decisions.md).
"""

from __future__ import annotations

import ctypes
import itertools
import os
import threading
import warnings
from collections.abc import Callable
from functools import cache
from typing import Any

import attrs

from glassnet.errors import GlassnetWarning

_CHOSEN_BY_USER = ("GLASSNET_THREADS", "OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS", "GOTO_NUM_THREADS")


def chosen_by_user() -> str | None:
    """Return the environment variable by which the user has set a number of threads, or None."""
    return next((name for name in _CHOSEN_BY_USER if name in os.environ), None)


@attrs.frozen(eq=False)
class _Library:
    """The functions of one BLAS library that read and set its number of threads."""

    name: str
    get: Callable[[], int]
    set: Callable[[int], object]


class _Blocks(threading.local):
    """How many blocks this thread is in, one within the other."""

    count = 0


class OneBlasThread:
    """Limit every BLAS library to one thread while any thread is inside the block.

    The first thread to enter notes the earlier number and the last one to leave puts it back, so blocks may overlap
    and nest. Each block sets the limit: other code may have changed the number, and a library on OpenMP has one for
    each thread. Every limit is read back; a warning names a library that keeps its number.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._inside: set[int] = set()  # the threads
        self._before: list[tuple[_Library, int]] = []  # those that had another number than 1
        self._blocks = _Blocks()

    def __enter__(self) -> None:
        # Each step of a training is a block within that of the training: only the outer one waits for the lock.
        blocks = self._blocks
        if blocks.count < 1:
            blocks.count = 0
            with self._lock:
                if not self._inside:
                    self._before = [(library, count) for library in _libraries() if (count := library.get()) != 1]
                self._inside.add(threading.get_ident())
        for library in _libraries():
            if library.get() != 1:
                self.renew()
        blocks.count += 1

    def __exit__(self, *_: object) -> None:
        blocks = self._blocks
        blocks.count -= 1
        if blocks.count < 1:
            with self._lock:
                self._inside.remove(threading.get_ident())
                if not self._inside:
                    self._put_back()

    def renew(self) -> None:
        """Set the limit again: other code in this process may have changed it."""
        for library in _libraries():
            if library.get() != 1:
                library.set(1)
                if library.get() != 1:
                    _warn(f"{library.name} goes on with {library.get()} threads")

    def _put_back(self) -> None:
        """Set the earlier numbers."""
        for library, count in self._before:
            library.set(count)
        self._before = []

    def forget_other_threads(self) -> None:
        """Drop what a forked process has of its parent's other threads: their blocks, and a lock that one may hold."""
        self._lock = threading.Lock()
        self._inside &= {threading.get_ident()}
        if not self._inside:
            self._put_back()


one_blas_thread = OneBlasThread()
"""The one limit of this process."""

if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=one_blas_thread.forget_other_threads)


@cache
def _libraries() -> list[_Library]:
    """Return the BLAS libraries of this process that have a number of threads; warn if none is found."""
    import numpy as np  # noqa: F401  # only libraries that are loaded are found
    from threadpoolctl import ThreadpoolController

    controllers = ThreadpoolController().select(user_api="blas").lib_controllers
    # The threads of TBB take over work from each other and do not spin, and MKL cannot limit them.
    found = [each for each in controllers if getattr(each, "threading_layer", None) != "tbb"]
    if not found:
        _warn("NumPy's BLAS library has no number of threads to set")
    return [_of_openblas(each) or _of_threadpoolctl(each) for each in found]


def _of_threadpoolctl(controller: Any) -> _Library:
    return _Library(controller.filepath, controller.get_num_threads, controller.set_num_threads)


def _of_openblas(controller: Any) -> _Library | None:
    """Return the functions of OpenBLAS itself.

    Since version 3.8, threadpoolctl ignores every Python thread but the first one that sets a number.
    """
    if (
        getattr(controller, "internal_api", None) != "openblas"
        or getattr(controller, "threading_layer", "") == "openmp"
    ):
        return None
    library = ctypes.PyDLL(controller.filepath)  # each step asks, and to let other threads run takes longer
    for prefix, suffix in itertools.product(("", "scipy_"), ("", "64_", "_64")):
        names = [f"{prefix}openblas_{verb}_num_threads{suffix}" for verb in ("get", "set")]
        if all(hasattr(library, name) for name in names):
            return _Library(controller.filepath, *(getattr(library, name) for name in names))
    return None


@cache
def _warn(problem: str) -> None:
    warnings.warn(
        f"{problem}; rounding may depend on that number, and training may be slow beside other busy processes. "
        "Set OPENBLAS_NUM_THREADS=1 before Python starts",
        GlassnetWarning,
        stacklevel=4,
    )
