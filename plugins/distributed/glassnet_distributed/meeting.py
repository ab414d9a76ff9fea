"""The ranks meet when MPI starts: one that never comes is not waited for without end."""

from __future__ import annotations

import os
import threading

SECONDS_TO_MEET = 300.0
"""Ranks of a script may take different times to load their data before the first `fit`."""
SECONDS_OF_A_COMMAND = 60.0
"""Ranks of the command line meet before they load anything."""
# The launcher ends all others when the first one gives up, so that one message is printed.
_SECONDS_BETWEEN_RANKS = 0.5


def give_up_after(seconds: float, rank: int, size: int) -> threading.Timer:
    """Return a started clock that ends this process with a message, unless it is cancelled before."""

    def give_up() -> None:
        text = (
            f"error: rank {rank} has waited {seconds:.0f} seconds for other ranks; see why one of {size} is missing\n"
        )
        os.write(2, text.encode())
        os._exit(1)

    clock = threading.Timer(seconds + rank * _SECONDS_BETWEEN_RANKS, give_up)
    clock.daemon = True
    clock.start()
    return clock
