"""Ranks that are threads of one process, to check code of ranks without starting processes."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from typing import Any, TypeVar

import numpy as np

from glassnet.types import Array
from glassnet_distributed.communicator import Communicator

T = TypeVar("T")


class ThreadRanks(Communicator):
    """One of several threads that exchange values; all of them call the same methods in the same order."""

    def __init__(self, rank: int, size: int, table: list[Any], barrier: threading.Barrier) -> None:
        self.rank, self.size = rank, size
        self._table, self._barrier = table, barrier

    def gather(self, value: T) -> Sequence[T]:
        self._table[self.rank] = value
        self._barrier.wait()
        values = list(self._table)
        self._barrier.wait()
        return values

    def broadcast(self, value: T) -> T:
        return self.gather(value)[0]

    def stack(self, array: Array) -> Array:
        return np.stack([each.copy() for each in self.gather(array.copy())])

    def sum(self, array: Array) -> None:
        array[...] = self.stack(array).sum(axis=0)

    def exchange(self, parts: Array) -> Array:
        return np.stack([each[self.rank] for each in self.gather(parts.copy())])


def on_ranks(size: int, work: Callable[[Communicator], T]) -> list[T]:
    """Return what `work` returns on each of several ranks; raise the first error of one."""
    table: list[Any] = [None] * size
    barrier = threading.Barrier(size)
    results: list[Any] = [None] * size
    errors: list[BaseException] = []

    def run(rank: int) -> None:
        try:
            results[rank] = work(ThreadRanks(rank, size, table, barrier))
        except BaseException as error:
            if not isinstance(error, threading.BrokenBarrierError):
                errors.append(error)
            barrier.abort()

    threads = [threading.Thread(target=run, args=(rank,)) for rank in range(size)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if errors:
        raise errors[0]
    return results
