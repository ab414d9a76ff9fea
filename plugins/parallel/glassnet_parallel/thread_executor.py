"""The executor of this package: pieces of work go to the pool of threads."""

from __future__ import annotations

from glassnet.components.services import Executor, Work
from glassnet_parallel import thread_pool
from glassnet_parallel.blas_threads import one_blas_thread


class ThreadExecutor(Executor):
    """Share pieces of work between the threads of `thread_pool`."""

    blas_limit = one_blas_thread

    @property
    def num_threads(self) -> int:
        return thread_pool.num_threads()

    def num_workers(self, pieces: int) -> int:
        return thread_pool.num_workers(pieces)

    def num_free_workers(self, pieces: int) -> int:
        return thread_pool.free_workers(pieces)

    def parallel_for(self, pieces: int, work: Work) -> None:
        thread_pool.parallel_for(pieces, work)
