"""Threads that run compiled functions, and get them within a microsecond.

A Python thread needs 25 to 60 µs for a hand-over: it wakes, then waits for the interpreter's lock. The threads of the
team run compiled code alone. After a job they look for the next one for half a millisecond at most, and offer their
core to other programs at each look; then they sleep.
"""

from __future__ import annotations

import os
import threading
from collections.abc import Callable
from functools import cache
from typing import Any

import numba
import numpy as np
from llvmlite import ir
from numba import types
from numba.extending import intrinsic

import glassnet as gn
from glassnet_accelerators.compiled import address_of, compiled, compiled_within
from glassnet_parallel.thread_pool import note_wait, num_threads

# The table has a row for each thread, beginning with the caller. A row begins with a semaphore, which takes four
# numbers; then come the address of a function and the numbers that it reads, and in the first row times.
_FUNCTION, JOB, _TIMES, _COLUMNS = 4, 5, 20, 24
# How often a thread looks for work before it sleeps; a look takes a quarter of a microsecond.
_LOOKS = 2000
_NANOSECONDS = 1e-9
# From time.h
_MONOTONIC = 1

_sem_init: Any = types.ExternalFunction("sem_init", types.int32(types.int64, types.int32, types.uint32))
_sem_post: Any = types.ExternalFunction("sem_post", types.int32(types.int64))
_sem_wait: Any = types.ExternalFunction("sem_wait", types.int32(types.int64))
_sem_trywait: Any = types.ExternalFunction("sem_trywait", types.int32(types.int64))
_sched_yield: Any = types.ExternalFunction("sched_yield", types.int32())
_clock_gettime: Any = types.ExternalFunction("clock_gettime", types.int32(types.int32, types.int64))


array_at: Any = numba.carray  # type: ignore[attr-defined]  # Numba has no types


def pointers_to(kind: Any) -> Any:
    """Return a compiled function that makes an address a pointer."""
    result: Any = types.CPointer(kind)  # type: ignore[no-untyped-call]

    def pointer(context: Any, address: Any) -> Any:
        def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
            return builder.inttoptr(arguments[0], context.get_value_type(result))

        return result(types.int64), generate

    return intrinsic(pointer)


def _calling(context: Any, function: Any, job: Any) -> Any:
    """Say how to call the function at an address with the address of what it reads."""

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        kind = ir.FunctionType(ir.VoidType(), [ir.IntType(64)])
        builder.call(builder.inttoptr(arguments[0], kind.as_pointer()), [arguments[1]])
        return context.get_dummy_value()

    return types.void(types.int64, types.int64), generate


_call: Any = intrinsic(_calling)


@compiled_within
def _do_job(row: gn.Array) -> None:
    _call(row[_FUNCTION], row[JOB:].ctypes.data)


@compiled_within
def _wait_for(semaphore: int) -> None:
    for _ in range(_LOOKS):
        if _sem_trywait(semaphore) == 0:
            return
        _sched_yield()
    while _sem_wait(semaphore) != 0:  # a signal came in between
        pass


@compiled_within
def _now(times: gn.Array) -> int:
    _clock_gettime(_MONOTONIC, times.ctypes.data)
    return int(times[0] * 1_000_000_000 + times[1])


@compiled_within
def run_jobs(table: gn.Array, function: int, jobs: int) -> None:
    """Call the function at an address for the first jobs of the table, the first of them in the caller's thread."""
    times = table[0, _TIMES:]
    start = _now(times)
    for thread in range(1, jobs):
        table[thread, _FUNCTION] = function
        _sem_post(table[thread].ctypes.data)
    table[0, _FUNCTION] = function
    _do_job(table[0])
    middle = _now(times)
    for _ in range(1, jobs):
        _wait_for(table[0].ctypes.data)
    times[2], times[3] = middle - start, _now(times) - middle


_integers = pointers_to(types.int64)


@compiled_within
def over_range(table: gn.Array, function: int, parts: int, start: int, stop: int, common: int) -> int:
    """Call the function at an address for each part of a range, and return the largest of its answers.

    It is given the address of four numbers: start and stop of the part, `common`, and the place of its answer.
    """
    for job in range(parts):
        table[job, JOB] = start + (stop - start) * job // parts
        table[job, JOB + 1] = start + (stop - start) * (job + 1) // parts
        table[job, JOB + 2] = common
    run_jobs(table, function, parts)
    answer = 0
    for job in range(parts):
        answer = max(answer, table[job, JOB + 3])
    return answer


@address_of("i8(i8, i8, i8, i8, i8, i8)")
def share_range(table: int, function: int, parts: int, start: int, stop: int, common: int) -> int:
    """Do what `over_range` does, with the address of the table."""
    return over_range(array_at(_integers(table), (parts, _COLUMNS)), function, parts, start, stop, common)


@compiled("void(i8[:,::1])")
def _prepare(table: gn.Array) -> None:
    for thread in range(len(table)):
        _sem_init(table[thread].ctypes.data, 0, 0)


@compiled("void(i8[:,::1], i8)")
def _serve(table: gn.Array, thread: int) -> None:
    while True:
        _wait_for(table[thread].ctypes.data)
        _do_job(table[thread])
        _sem_post(table[0].ctypes.data)


class _Team:
    """The threads of this process, and the table in which they find their jobs."""

    def __init__(self, threads: int) -> None:
        self.is_free = threading.Lock()
        self.table = np.zeros((threads, _COLUMNS), np.int64)
        _prepare(self.table)
        for number in range(1, threads):
            name = f"glassnet-compiled-{number}"
            threading.Thread(target=_serve, args=(self.table, number), name=name, daemon=True).start()


@cache
def _team(threads: int) -> _Team:
    return _Team(threads)


if hasattr(os, "register_at_fork"):
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
        times = team.table[0, _TIMES + 2 :]
        worked, waited = times.tolist()
        times[:] = 0  # the next function may find that it has nothing to share
    finally:
        team.is_free.release()
    note_wait(worked * _NANOSECONDS, waited * _NANOSECONDS)
    return answer
