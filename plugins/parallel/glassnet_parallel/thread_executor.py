"""The executor of this package: pieces of work go to the pool of threads."""

from __future__ import annotations

import sys
from typing import Any

from glassnet.components.services import Executor, Work
from glassnet_parallel import thread_pool
from glassnet_parallel.blas_threads import one_blas_thread

# Threads that run compiled code gather rows too, where they are imported for products.
_TEAM = "glassnet_accelerators.product_team"


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

    def take(self, array: Any, indices: Any) -> Any:
        if _TEAM not in sys.modules:
            return super().take(array, indices)
        from glassnet_accelerators.rows_team import take_rows

        return take_rows(array, indices)

    def parallel_for(self, pieces: int, work: Work) -> None:
        thread_pool.parallel_for(pieces, work)
