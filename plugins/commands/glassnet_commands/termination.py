"""SIGTERM as an exception, so that a program that is told to end can save and tidy up first."""

from __future__ import annotations

import contextlib
import signal
import threading
from collections.abc import Iterator
from typing import Any


class Terminated(KeyboardInterrupt):
    """The program got SIGTERM. Code that ends cleanly after Ctrl-C ends cleanly here too."""


def can_be_caught(number: int) -> bool:
    """Return whether this thread may handle a signal that the program does not ignore.

    Scripts start programs in the background, and nohup any program, with signals ignored; those stay ignored. Python
    handles signals in its first thread, and knows nothing of handlers that other code has set: they stay too.
    """
    is_first = threading.current_thread() is threading.main_thread()
    return is_first and signal.getsignal(number) not in (signal.SIG_IGN, None)


@contextlib.contextmanager
def termination_raised() -> Iterator[None]:
    """Raise `Terminated` on SIGTERM within a ``with`` block, if `can_be_caught` allows it."""
    if not can_be_caught(signal.SIGTERM):
        yield
        return

    def terminate(*_: Any) -> None:
        raise Terminated

    before = signal.signal(signal.SIGTERM, terminate)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)
