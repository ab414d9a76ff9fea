"""SIGTERM as an exception, so that a program that is told to end can save and tidy up first."""

from __future__ import annotations

import contextlib
import signal
import threading
from collections.abc import Iterator
from typing import Any


class Terminated(KeyboardInterrupt):
    """The program got SIGTERM. Code that ends cleanly after Ctrl-C ends cleanly here too."""


@contextlib.contextmanager
def termination_raised() -> Iterator[None]:
    """Raise `Terminated` on SIGTERM within a ``with`` block; in threads other than the first, change nothing."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return

    def terminate(*_: Any) -> None:
        raise Terminated

    before = signal.signal(signal.SIGTERM, terminate)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)
