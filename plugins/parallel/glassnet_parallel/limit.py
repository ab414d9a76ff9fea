"""The limit on BLAS threads during a run."""

from __future__ import annotations

from collections.abc import Generator
from typing import Any

import glassnet as gn
from glassnet_parallel.blas_threads import one_blas_thread
from glassnet_parallel.thread_pool import num_threads


class BlasLimit(gn.Callback):
    """Limits BLAS to one thread while a network is trained, optimizer and callbacks included."""

    @gn.run_hookimpl(wrapper=True)
    def run_training(self, run: gn.Run) -> Generator[None, Any, Any]:
        num_threads()  # a wrong GLASSNET_THREADS shows before the first step
        with one_blas_thread:
            return (yield)

    def numerics(self, run: gn.Run) -> dict[str, Any]:
        return {"threads": num_threads()}
