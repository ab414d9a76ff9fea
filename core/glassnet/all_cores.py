"""Work in pieces, on all cores at once."""

from __future__ import annotations

import contextvars
import os
import threading
from collections import deque
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from functools import cache

from glassnet.blas_threads import cores
from glassnet.core_of_thread import core_of_this_thread, keep_off

_this_thread = threading.local()


def workers(pieces: int) -> int:
    """Return how many threads `on_all_cores` has for so many pieces: one where it has given the cores work already."""
    return 1 if getattr(_this_thread, "is_at_work", False) else min(_threads(), pieces)


def in_turn(pieces: int, work: Callable[[int, int], None]) -> None:
    """Call ``work(piece, 0)`` for each piece from 0 on, from this thread alone: where waking others is not worth it."""
    for piece in range(pieces):
        work(piece, 0)


def on_all_cores(pieces: int, work: Callable[[int, int], None]) -> None:
    """Call ``work(piece, worker)`` for each piece from 0 on, in no certain order, from several threads.

    The results may not depend on who did what and when: a piece writes where no other does, but for work buffers,
    which each worker has of its own.
    """
    if workers(pieces) == 1:
        in_turn(pieces, work)
        return
    waiting = deque(range(pieces))
    core_of_caller = core_of_this_thread()

    def take(worker: int) -> None:
        _this_thread.is_at_work = True
        if worker > 0:
            keep_off(core_of_caller)
        try:
            while True:
                try:
                    piece = waiting.popleft()
                except IndexError:
                    return
                work(piece, worker)
        finally:
            _this_thread.is_at_work = False

    others: list[Future[None]] = []
    try:
        # How NumPy handles floating-point errors is part of the context; the other threads take it over.
        others.extend(
            _pool().submit(contextvars.copy_context().run, take, worker) for worker in range(1, workers(pieces))
        )
        take(0)
    finally:
        waiting.clear()
        for other in others:
            if not other.cancel():  # who has not woken by now finds nothing left to do, and is not waited for
                other.result()


@cache
def _threads() -> int:
    """Return the limit that the environment sets, else the number of cores that this process may use."""
    for name in ("GLASSNET_THREADS", "OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS"):
        if (limit := os.environ.get(name, "")).isdecimal() and int(limit) > 0:
            return int(limit)
    return cores()


@cache
def _pool() -> ThreadPoolExecutor:
    return ThreadPoolExecutor(_threads() - 1, thread_name_prefix="glassnet")


if hasattr(os, "register_at_fork"):
    # A forked process has none of its parent's threads, and would wait for them for ever.
    os.register_at_fork(after_in_child=_pool.cache_clear)
