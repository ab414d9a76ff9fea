"""The command line in several processes that a launcher started together: rank 0 speaks and writes."""

from __future__ import annotations

import contextlib
import os
import sys
from collections.abc import Iterator, Sequence

from glassnet_distributed.launcher import launched_rank, launched_ranks

# Commands that the ranks carry out together. All others are carried out by rank 0.
_SHARED = ("train", "evaluate", "predict")


def is_left_to_rank_0(arguments: Sequence[str] | None) -> bool:
    """Return whether this process has nothing to do for a command line."""
    words = sys.argv[1:] if arguments is None else arguments
    return launched_rank() > 0 and not (words and words[0] in _SHARED)


@contextlib.contextmanager
def silent_but_for_rank_0() -> Iterator[None]:
    """Drop what ranks other than 0 print."""
    if launched_rank() == 0:
        yield
        return
    with open(os.devnull, "w") as nowhere, contextlib.redirect_stdout(nowhere), contextlib.redirect_stderr(nowhere):
        yield


@contextlib.contextmanager
def stopped_together(arguments: Sequence[str] | None) -> Iterator[None]:
    """End all ranks if one of them fails. If all fail alike, rank 0 says so as a single process does."""
    words = sys.argv[1:] if arguments is None else arguments
    if launched_ranks() == 1 or not (words and words[0] in _SHARED):
        yield
        return
    from glassnet_distributed.meeting import SECONDS_OF_A_COMMAND
    from glassnet_distributed.mpi_communicator import communicator

    ranks = communicator(SECONDS_OF_A_COMMAND)
    try:
        yield
    except BaseException as error:
        ranks.fail(error)
        if ranks.has_stopped:
            raise SystemExit(1) from None
        raise
