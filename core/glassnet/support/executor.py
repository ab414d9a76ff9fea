"""Executors: who computes the pieces of a piece of work. The one here is the caller's thread alone."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from typing import Any, TypeAlias

Work: TypeAlias = Callable[[int, int], None]
"""Computes one piece: ``work(piece, worker)``."""


def serial_for(pieces: int, work: Work) -> None:
    """Call ``work(piece, 0)`` for each piece from 0 on, from this thread alone."""
    for piece in range(pieces):
        work(piece, 0)


class Executor:
    """Compute pieces of work in the caller's thread; an executor of threads overrides every method.

    Attributes
    ----------
    blas_limit
        Limits matrix products to the thread that asks for them while any thread is inside the block.
    """

    blas_limit: AbstractContextManager[Any] = nullcontext()

    @property
    def num_threads(self) -> int:
        """Number of threads that share work."""
        return 1

    def num_workers(self, pieces: int) -> int:
        """Return the number of threads that `parallel_for` uses for `pieces`."""
        return 1

    def num_free_workers(self, pieces: int) -> int:
        """Return `num_workers`, or 1 while other processes use the cores that the threads need."""
        return 1

    def parallel_for(self, pieces: int, work: Work) -> None:
        """Call ``work(piece, worker)`` once for each piece, in any order.

        A piece writes where no other piece writes, except into work buffers: each worker has its own. So the results
        do not depend on the number of workers.

        Raises
        ------
        BaseException
            The first error of a piece, after every piece that was begun has ended.
        """
        serial_for(pieces, work)
