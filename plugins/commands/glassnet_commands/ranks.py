"""The command line in several processes that a launcher started together: rank 0 speaks and writes."""

from __future__ import annotations

import contextlib
import os
import sys
from collections.abc import Iterator, Sequence

from glassnet_distributed.launcher import forget_the_others, launched_rank, launched_ranks

# Commands that the ranks carry out together. All others are carried out by rank 0.
_SHARED = ("train", "evaluate", "predict")


def is_left_to_rank_0(arguments: Sequence[str] | None) -> bool:
    """Return whether this process has nothing to do for a command line."""
    return launched_rank() > 0 and not _is_shared(arguments)


def carry_out_alone(arguments: Sequence[str] | None) -> None:
    """Have rank 0 wait for no other rank in a command that is left to it, and say that the others do nothing."""
    if launched_ranks() == 1 or _is_shared(arguments):
        return
    started = launched_ranks()
    forget_the_others()
    print(f"note: {started} processes were started, and one carries out this command", file=sys.stderr)


def _is_shared(arguments: Sequence[str] | None) -> bool:
    words = sys.argv[1:] if arguments is None else arguments
    return bool(words) and words[0] in _SHARED


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
    if launched_ranks() == 1 or not _is_shared(arguments):
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
