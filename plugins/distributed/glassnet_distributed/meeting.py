"""The ranks meet when MPI starts: one that never comes is not waited for without end."""

from __future__ import annotations

import contextlib
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

from glassnet_distributed.launcher import RANK, launched_rank, launched_ranks, ranks_on_this_machine

SECONDS_TO_MEET = 300.0
"""Ranks of a script may take different times to load their data before the first `fit`."""
SECONDS_OF_A_COMMAND = 60.0
"""Ranks of the command line meet before they load anything."""


@contextlib.contextmanager
def limited_wait(seconds: float) -> Iterator[None]:
    """End this process with a message if the block takes longer, or if another rank has ended meanwhile.

    MPI holds Python's lock while it starts, so that no thread of this process could do so.
    """
    numbers = (seconds, os.getpid(), os.getppid(), launched_rank(), launched_ranks(), ranks_on_this_machine())
    script = str(Path(__file__).with_name("meeting_watch.py"))
    watch = subprocess.Popen(
        [sys.executable, "-I", "-S", script, *map(str, numbers), *RANK],
        stdin=subprocess.PIPE,
        stdout=subprocess.DEVNULL,
        start_new_session=True,  # Ctrl-C ends the ranks alone
    )
    try:
        yield
    finally:
        assert watch.stdin is not None
        watch.stdin.close()
        watch.wait()
