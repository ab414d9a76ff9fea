"""Memory that was freed is kept for the next array."""

from __future__ import annotations

import ctypes
import os
import sys
from functools import cache

# From glibc's malloc.h, and what is set: arrays up to here come from memory that the process has already, and so much
# of that is kept when it is free.
_M_MMAP_THRESHOLD, _ARRAY_BYTES = -3, 32 * 2**20
_M_TRIM_THRESHOLD, _KEPT_BYTES = -1, 256 * 2**20
_SET_BY_USER = ("MALLOC_MMAP_THRESHOLD_", "MALLOC_TRIM_THRESHOLD_", "GLIBC_TUNABLES")


@cache
def keep_freed_memory() -> None:
    """Tell the C library to keep what is freed, for the rest of the process; done once.

    By default glibc gives large arrays back to the system as soon as they are freed. The next one has to be fetched
    again, a page fault for every 4 KiB, which takes longer than to compute what is in it (docs/decisions.md). Other C
    libraries, and settings that the user made, are left alone.
    """
    if sys.platform != "linux" or any(name in os.environ for name in _SET_BY_USER):
        return
    mallopt = getattr(ctypes.CDLL(None), "mallopt", None)
    if mallopt is not None:
        mallopt(_M_MMAP_THRESHOLD, _ARRAY_BYTES)
        mallopt(_M_TRIM_THRESHOLD, _KEPT_BYTES)
