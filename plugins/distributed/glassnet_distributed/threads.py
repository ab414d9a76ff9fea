"""The cores of a machine, divided among its ranks."""

from __future__ import annotations

import os
import socket

from glassnet_distributed.communicator import Communicator
from glassnet_parallel.blas_threads import chosen_by_user
from glassnet_parallel.thread_pool import cores, num_threads


def share_cores(ranks: Communicator) -> None:
    """Limit the threads of this process to its share of the cores that other ranks may use too.

    A launcher that binds ranks to cores of their own has divided them already. A number that the user has set stays.
    """
    if chosen_by_user() is not None:
        return
    allowed = sorted(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else []
    here = (socket.gethostname(), allowed)
    sharing = sum(each == here for each in ranks.gather(here))
    os.environ["GLASSNET_THREADS"] = str(max(1, cores() // sharing))
    num_threads.cache_clear()
