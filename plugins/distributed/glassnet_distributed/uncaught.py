"""Errors that are not caught: the other ranks hear of them, and one message is printed, not one for each rank."""

from __future__ import annotations

import os
import sys
import threading
from types import TracebackType
from typing import NoReturn

import glassnet as gn
from glassnet_distributed.watch import RankError

# The others may not have come to their first `fit`, where ranks meet.
_SECONDS_TO_MEET = 8.0


def tell_of_uncaught_errors() -> None:
    """Have an error that ends this process end the other ranks too, also before the first `fit`."""
    show = sys.excepthook

    def tell(kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
        from glassnet_distributed.mpi_communicator import communicator

        leave = threading.Timer(_SECONDS_TO_MEET, _leave_alone, (kind, error, trace))
        leave.daemon = True
        leave.start()
        try:
            ranks = communicator()
        except gn.GlassnetError:  # no other rank can be told
            _leave_alone(kind, error, trace)
        ranks.fail(error)
        leave.cancel()
        is_said = isinstance(error, RankError) or (ranks.has_stopped and isinstance(error, gn.GlassnetError))
        if not is_said and (ranks.has_stopped or ranks.rank == 0):
            show(kind, error, trace)

    def _leave_alone(kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> NoReturn:
        show(kind, error, trace)
        sys.stderr.flush()
        os._exit(1)

    sys.excepthook = tell
