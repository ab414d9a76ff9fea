"""Threads that run compiled functions, and get them within a microsecond.

A Python thread needs 25 to 60 µs for a hand-over: it wakes, then waits for the interpreter's lock. The threads of the
team run compiled code alone. After a job they look for the next one for half a millisecond at most, and offer their
core to other programs at each look; then they sleep.
"""

from __future__ import annotations

import ctypes
import os
import threading
from collections.abc import Callable
from functools import cache
from typing import Any

import attrs
import numpy as np

import glassnet as gn
from glassnet_machine_code.compiler import addresses_of, builtin_at
from glassnet_machine_code.instructions import SIZE
from glassnet_machine_code.team_code import COLUMNS, TIMES, module_of_team
from glassnet_parallel.thread_pool import note_wait, num_threads

# How many elements of long arrays a thread takes at once: at the end one waits for another no longer than for these,
# which take some microseconds.
PORTION = 8192

_NANOSECONDS = 1e-9


@attrs.define(frozen=True)
class _Code:
    """The compiled functions of `team_code`."""

    serve: Callable[[int, int], object]
    share_range: int
    share: Callable[..., int]


@cache
def code() -> _Code:
    """Return the functions that the threads run, and those that call them."""
    serve, share_range, share = addresses_of(module_of_team(), "serve", "share_range", "share")
    as_function = ctypes.CFUNCTYPE(None, ctypes.c_int64, ctypes.c_int64)  # others run Python meanwhile
    return _Code(as_function(serve), share_range, builtin_at(share, "share"))


def table_for(threads: int) -> gn.Array:
    """Return a table in which threads find their jobs; before they do, the caller's thread takes all portions."""
    table = np.zeros((threads, COLUMNS), np.int64)
    initialize = ctypes.CDLL(None).sem_init
    initialize.argtypes = [ctypes.c_void_p, ctypes.c_int, ctypes.c_uint]
    for thread in range(threads):
        initialize(_row(table, thread), 0, 0)
    return table


def _row(table: gn.Array, thread: int) -> int:
    """Return where a row of a table begins."""
    return int(table.ctypes.data) + thread * COLUMNS * SIZE


class _Team:
    """The threads of this process, and the table in which they find their jobs."""

    def __init__(self, threads: int) -> None:
        self.is_free = threading.Lock()
        code()  # compiled, or read, before there is a thread
        self.table = table_for(threads)
        self.times = self.table[0, TIMES : TIMES + 2]
        for thread in range(1, threads):
            name = f"glassnet-compiled-{thread}"
            threading.Thread(target=self._serve, args=(thread,), name=name, daemon=True).start()

    def _serve(self, thread: int) -> None:
        code().serve(_row(self.table, 0), _row(self.table, thread))


@cache
def _team(threads: int) -> _Team:
    return _Team(threads)


# A forked process has none of its parent's threads, and would wait for them for ever.
os.register_at_fork(after_in_child=_team.cache_clear)


def on_team(jobs: int, function: Callable[..., Any], *arguments: Any) -> Any:
    """Return what a compiled function returns, which is given `arguments` and the table, and runs `jobs` jobs.

    Returns
    -------
    object
        None if another thread has the table: then nothing was called.
    """
    # A job without a thread would be waited for without end, and the number of threads can change in a process.
    team = _team(max(jobs, num_threads()))
    if not team.is_free.acquire(blocking=False):
        return None
    try:
        answer = function(*arguments, team.table)
        worked, waited = team.times.tolist()
        team.times.fill(0)  # the next function may find that it has nothing to share
    finally:
        team.is_free.release()
    note_wait(worked * _NANOSECONDS, waited * _NANOSECONDS)
    return answer
