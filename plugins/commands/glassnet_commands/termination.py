"""Signals that end a program as exceptions, so that it can save and tidy up first."""

from __future__ import annotations

import contextlib
import signal
import threading
from collections.abc import Iterator
from typing import Any


class Terminated(KeyboardInterrupt):
    """The program got SIGTERM. Code that ends cleanly after Ctrl-C ends cleanly here too."""


class HungUp(KeyboardInterrupt):
    """The program got SIGHUP: its terminal was closed, or the connection to it is gone."""


# Windows has no SIGHUP.
HANG_UP: int | None = getattr(signal, "SIGHUP", None)
SIGNALS: dict[int, type[KeyboardInterrupt]] = {signal.SIGINT: KeyboardInterrupt, signal.SIGTERM: Terminated}
if HANG_UP is not None:
    SIGNALS[HANG_UP] = HungUp


def word_of(stop: BaseException) -> str:
    """Return how a program says that it was stopped."""
    return "terminated" if isinstance(stop, Terminated) else "hung up" if isinstance(stop, HungUp) else "interrupted"


def exit_code_of(stop: BaseException) -> int:
    """Return the exit code of a program that was stopped: that of a shell for a program that the signal ended."""
    return 128 + next((number for number, kind in SIGNALS.items() if type(stop) is kind), signal.SIGINT)


def can_be_caught(number: int) -> bool:
    """Return whether this thread may handle a signal that the program does not ignore.

    Scripts start programs in the background, and nohup any program, with signals ignored; those stay ignored. Python
    handles signals in its first thread, and knows nothing of handlers that other code has set: they stay too.
    """
    is_first = threading.current_thread() is threading.main_thread()
    return is_first and signal.getsignal(number) not in (signal.SIG_IGN, None)


def ignore_hang_up() -> None:
    """Ignore SIGHUP from now on.

    It mostly comes twice, from the shell and from the kernel, or together with SIGTERM. A person who
    is in haste sends another one.
    """
    if HANG_UP is not None and can_be_caught(HANG_UP):
        signal.signal(HANG_UP, signal.SIG_IGN)


@contextlib.contextmanager
def termination_raised() -> Iterator[None]:
    """Raise `Terminated` on SIGTERM and `HungUp` on SIGHUP within a ``with`` block, if `can_be_caught` allows it."""

    def terminate(number: int, *_: Any) -> None:
        ignore_hang_up()
        raise SIGNALS[number]

    # Python itself raises KeyboardInterrupt.
    caught = [number for number in SIGNALS if number != signal.SIGINT and can_be_caught(number)]
    before = {number: signal.signal(number, terminate) for number in caught}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
