"""Share pieces of work between a few threads that sleep until there is work."""

from __future__ import annotations

import contextvars
import os
import threading
from collections import deque
from functools import cache
from pathlib import Path
from queue import SimpleQueue
from time import perf_counter, sleep
from typing import TypeAlias

from glassnet.components.services import Work, serial_for
from glassnet.errors import OptionError
from glassnet_parallel.blas_threads import one_blas_thread

_Call: TypeAlias = tuple[contextvars.Context, "_Job", int]

_VARIABLE = "GLASSNET_THREADS"
# Programs that run several processes limit each of them by these: joblib, Dask and SLURM's scripts do.
_OTHER_VARIABLES = ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS")

_this_thread = threading.local()


def num_workers(pieces: int) -> int:
    """Return the number of threads that `parallel_for` uses for `pieces`; inside a piece it is 1."""
    return 1 if getattr(_this_thread, "is_at_work", False) else min(num_threads(), pieces)


def free_workers(pieces: int) -> int:
    """Return `workers`, or 1 while other processes use the cores that this one's threads need."""
    return 1 if perf_counter() < _rest.until else num_workers(pieces)


def parallel_for(pieces: int, work: Work) -> None:
    """Call ``work(piece, worker)`` once for each piece, in any order, from several threads.

    A piece writes where no other piece writes, except into work buffers: each worker has its own. So the results do
    not depend on the thread that does a piece. The caller's thread takes pieces too, and sleeps while it waits for the
    pieces of others: no thread spins.

    Raises
    ------
    BaseException
        The first error of a piece, after every piece that was begun has ended. Ctrl-C, too, waits for the pieces that
        other threads have begun.
    """
    threads = free_workers(pieces)
    if threads == 1:
        serial_for(pieces, work)
        return
    job = _Job(pieces, work)
    start = perf_counter()
    try:
        for worker in range(1, threads):
            # NumPy's handling of floating-point errors is part of the context; the other threads take it over.
            _calls().put((contextvars.copy_context(), job, worker))
        job.take_pieces(0)
        middle = perf_counter()
        job.wait()
    except BaseException:
        job.give_up()
        raise
    note_wait(middle - start, perf_counter() - middle)


def note_wait(worked: float, waited: float) -> None:
    """Take into account that a caller worked, then waited for other threads, both in seconds; see `free_workers`."""
    _rest.note(worked, waited)


class _Rest:
    """Says how long the other threads are left asleep, after one of them had to wait for a core.

    A thread whose core is in use by another process comes back after some milliseconds, and its caller waits. Where
    cores exchange data slowly, each call takes a little longer than alone. Equal halves are worth sharing while the
    caller waits no longer than it works; what it waits beyond that adds up. How the work is shared changes no byte, so
    it may follow the machine's load.

    Attributes
    ----------
    until
        The time, by `perf_counter`, before which the caller works alone.
    """

    # A sleeping thread needs up to 0.3 ms to wake; the system gives another process a core for some milliseconds.
    TOO_LATE = 0.0005
    SHORTEST, LONGEST = 0.05, 1.0
    CALLS_TO_RECOVER = 50

    def __init__(self) -> None:
        self.until = 0.0
        self._length = 0.0
        self._in_time = 0
        self._excess = 0.0

    def note(self, worked: float, waited: float) -> None:
        """Take into account that a caller worked, then waited for the others; both in seconds."""
        self._excess = max(0.0, self._excess + waited - worked)
        if self._excess > self.TOO_LATE:
            self._excess = 0.0
            self._length = min(max(2 * self._length, self.SHORTEST), self.LONGEST)
            self.until = perf_counter() + self._length
            self._in_time = 0
        else:
            self._in_time += 1
            if self._in_time == self.CALLS_TO_RECOVER:
                self._length = 0.0


_rest = _Rest()


class _Job:
    """The pieces of one call, and the errors of those that have ended."""

    def __init__(self, pieces: int, work: Work) -> None:
        self._work = work
        self._pieces = pieces
        self._waiting = deque(range(pieces))
        self._ended: SimpleQueue[BaseException | None] = SimpleQueue()
        self._at_work: set[int] = set()

    def take_pieces(self, worker: int) -> None:
        """Do one piece after another until none is waiting."""
        try:
            _this_thread.is_at_work = True
            self._at_work.add(worker)  # before it takes a piece, so that `give_up` sees it
            while True:
                try:
                    piece = self._waiting.popleft()
                except IndexError:
                    return
                self._ended.put(self._error_of(piece, worker))
        finally:
            self._at_work.discard(worker)
            _this_thread.is_at_work = False

    def _error_of(self, piece: int, worker: int) -> BaseException | None:
        try:
            self._work(piece, worker)
        except BaseException as error:
            self._drop_waiting()
            return error
        return None

    def _drop_waiting(self) -> None:
        """Count the pieces that no thread has begun as ended."""
        while True:
            try:
                self._waiting.popleft()
            except IndexError:
                return
            self._ended.put(None)

    def wait(self) -> None:
        """Wait until every piece has ended; raise the first error."""
        errors = [error for _ in range(self._pieces) if (error := self._ended.get()) is not None]
        if errors:
            raise errors[0]

    def give_up(self) -> None:
        """Drop the waiting pieces, and wait until no thread works on another one.

        Ctrl-C may have left a piece of the caller's uncounted, so the threads are asked and not the pieces.
        """
        try:
            self._drop_waiting()
            while self._at_work:
                sleep(0.001)
        except BaseException:  # a second Ctrl-C: the caller raises the first one in the end
            self.give_up()


@cache
def num_threads() -> int:
    """Return the number of threads that share work: ``GLASSNET_THREADS``, by default one for each core.

    Where ``GLASSNET_THREADS`` is not set, ``OPENBLAS_NUM_THREADS`` and ``OMP_NUM_THREADS`` limit the number too.

    Raises
    ------
    OptionError
        If ``GLASSNET_THREADS`` is not a whole number from 1 on.
    """
    if _VARIABLE in os.environ:
        text = os.environ[_VARIABLE]
        if not (text.isdecimal() and int(text) > 0):
            raise OptionError(
                f"{_VARIABLE} must be a whole number from 1 on (got {text!r}); correct it, there or in pyproject.toml"
            )
        return int(text)
    for name in _OTHER_VARIABLES:
        if (limit := os.environ.get(name, "")).isdecimal() and int(limit) > 0:
            return int(limit)
    return cores()


def cores() -> int:
    """Return the number of cores that this process may use, by its affinity and its control group."""
    allowed = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    return max(1, min(allowed, _cores_of_group(Path("/sys/fs/cgroup/cpu.max")) or allowed))


def _cores_of_group(limit: Path) -> int | None:
    """Return the number of cores in a control group's limit, such as ``150000 100000`` for one and a half."""
    try:
        quota, period = limit.read_text().split()
        return -(-int(quota) // int(period))
    except (OSError, ValueError):  # there is no limit, or no such file
        return None


@cache
def _calls() -> SimpleQueue[_Call]:
    """Return the queue that the other threads take calls from; start the threads at the first use."""
    calls: SimpleQueue[_Call] = SimpleQueue()
    for number in range(1, num_threads()):
        threading.Thread(target=_serve, args=(calls,), name=f"glassnet-{number}", daemon=True).start()
    return calls


def _serve(calls: SimpleQueue[_Call]) -> None:
    while True:
        context, job, worker = calls.get()
        with one_blas_thread:  # OpenBLAS on OpenMP has a number for each thread
            context.run(job.take_pieces, worker)
        del context, job  # they hold arrays


if hasattr(os, "register_at_fork"):
    # A forked process has none of its parent's threads, and would wait for them for ever.
    os.register_at_fork(after_in_child=_calls.cache_clear)
