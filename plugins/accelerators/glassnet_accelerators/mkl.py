"""Intel's Math Kernel Library (MKL), where it is installed and faster than what NumPy multiplies with.

It is told to share its products between threads of TBB. With those of OpenMP it can go wrong without a word, where the
process has a second OpenMP library: beside PyTorch's, a tenth of a product's numbers were wrong (docs/decisions.md).
"""

from __future__ import annotations

import ctypes
import os
import platform
import sys
from functools import cache
from pathlib import Path

from importlib_metadata import PackageNotFoundError, files

from glassnet_parallel.blas_threads import chosen_by_user

# From mkl_service.h
_INTEGERS_OF_32_BITS = 0
_THREADS_OF_TBB = 4


def is_usable_here() -> bool:
    """Return whether MKL can multiply in this process: forked after MKL was loaded, it may wait for ever."""
    return load.cache_info().currsize == 0 or _loading_process() == os.getpid()


def unavailable_reason() -> str | None:
    """Return why it cannot be used here, or None."""
    if sys.platform != "linux" or platform.machine() != "x86_64":
        return "MKL is used on Linux on x86-64 alone"
    if not _is_of_intel():
        return "MKL is slower than NumPy's OpenBLAS on a processor that is not Intel's"
    if _library("mkl", "libmkl_rt.so") is None or _library("tbb", "libtbb.so.") is None:
        return "it needs mkl, which is not installed"
    if not is_usable_here():
        return "a forked process has none of the threads that MKL waits for"
    if name := chosen_by_user():
        return f"{name} is set, and MKL's threads on TBB cannot be limited"
    return None


@cache
def load() -> ctypes.CDLL:
    """Return the library, made ready.

    Raises
    ------
    RuntimeError
        When something else in this process has made it ready otherwise.
    """
    _loading_process()
    # MKL looks for TBB by its name; once loaded it is found, wherever it lies.
    ctypes.CDLL(str(_library("tbb", "libtbb.so.")))
    library = ctypes.CDLL(str(_library("mkl", "libmkl_rt.so")))
    integers = library.MKL_Set_Interface_Layer(_INTEGERS_OF_32_BITS)
    threads = library.MKL_Set_Threading_Layer(_THREADS_OF_TBB)
    if (integers, threads) != (_INTEGERS_OF_32_BITS, _THREADS_OF_TBB):
        raise RuntimeError("MKL is in use in this process already, with other integers or other threads")
    return library


@cache
def _loading_process() -> int:
    """Return the number of the process that loaded MKL; a forked process inherits it."""
    return os.getpid()


@cache
def _is_of_intel() -> bool:
    with open("/proc/cpuinfo", encoding="utf-8") as cores:
        return any(line.startswith("vendor_id") and "GenuineIntel" in line for line in cores)


@cache
def _library(distribution: str, beginning: str) -> Path | None:
    """Return where an installed distribution has a library of this name, whose end is a version."""
    try:
        paths = [Path(str(file.locate())) for file in files(distribution) or ()]
    except PackageNotFoundError:
        return None
    return next((path for path in paths if path.name.startswith(beginning)), None)
