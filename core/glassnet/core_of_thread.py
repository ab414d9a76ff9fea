"""Which core a thread runs on, and which it leaves to another.

A thread that was asleep is often woken on the core that its waker runs on. It stays there: with two threads and a few
milliseconds of work the kernel sees no reason to move one, and the other core idles for as long as the process lives
(docs/decisions.md).
"""

from __future__ import annotations

import contextlib
import ctypes
import os
import threading
from collections.abc import Callable
from functools import cache

_this_thread = threading.local()


def core_of_this_thread() -> int | None:
    """Return the number of the core that the calling thread runs on, or None where that cannot be known or changed."""
    getcpu = _getcpu()
    core = getcpu() if getcpu is not None else -1
    return core if core >= 0 else None


def keep_off(core: int | None) -> None:
    """Keep the calling thread off one core, and off no other than that: it may use the others of its process."""
    if core is None or getattr(_this_thread, "kept_off", None) == core:
        return
    _this_thread.kept_off = core
    # A sandbox may forbid it, and cores may be taken from a process while it runs. It costs time then, no more.
    with contextlib.suppress(OSError):
        if others := os.sched_getaffinity(os.getpid()) - {core}:
            os.sched_setaffinity(0, others)


@cache
def _getcpu() -> Callable[[], int] | None:
    """Return what the C library asks the kernel with: Python has no function for it."""
    if not hasattr(os, "sched_setaffinity"):
        return None
    try:
        getcpu: Callable[[], int] = ctypes.CDLL(None).sched_getcpu
    except (OSError, AttributeError):
        return None
    return getcpu
