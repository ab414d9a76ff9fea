"""Faults put into a process's writes: the n-th one fails, or the process dies in it."""

from __future__ import annotations

import builtins
import errno
import io
import os
import signal
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

POINTS = ("open", "write", "fsync", "replace")
# What can go wrong with each kind of write: the `how` of a `Sabotage`.
HOW = {
    "open": ("fail",),
    "write": ("fail",),
    "fsync": ("fail", "die", "die half"),
    "replace": ("fail", "die", "die after"),
}


@dataclass(frozen=True)
class Sabotage:
    """What goes wrong at which write.

    Attributes
    ----------
    point
        ``"open"`` of a file to be written, ``"write"``, ``"fsync"`` or ``"replace"``, which includes renaming.
    number
        At which call, from 1.
    how
        ``"fail"`` raises the `OSError` of a full disk, after half of a write. ``"die"`` is SIGKILL before the call,
        ``"die after"`` behind the call, ``"die half"`` with a part of the file cut off, ``"interrupt"`` is Ctrl-C.
    keep
        For ``"die half"``: which part of the file's bytes stays.
    """

    point: str
    number: int
    how: str
    keep: float = 0.5


class Saboteur:
    """Counts the writes of this process, and does what a `Sabotage` says. For child processes: nothing is undone."""

    def __init__(self, plan: Sabotage | None) -> None:
        self.plan = plan
        self.counts = dict.fromkeys(POINTS, 0)

    def start(self) -> None:
        """Replace the functions that write."""
        os.fsync = self._around("fsync", os.fsync)
        os.replace = self._around("replace", os.replace)
        os.rename = self._around("replace", os.rename)
        io.open = builtins.open = self._opening(io.open)

    def strikes(self, point: str) -> bool:
        """Count a call, and tell whether this one goes wrong."""
        self.counts[point] += 1
        plan = self.plan
        return plan is not None and plan.point == point and plan.number == self.counts[point]

    def _around(self, point: str, call: Callable[..., Any]) -> Callable[..., Any]:
        def wrapped(*arguments: Any, **named: Any) -> Any:
            if not self.strikes(point):
                return call(*arguments, **named)
            assert self.plan is not None
            if self.plan.how == "fail":
                raise disk_full()
            if self.plan.how == "die half":
                file = arguments[0]
                os.ftruncate(file, int(self.plan.keep * os.fstat(file).st_size))
            if self.plan.how in ("die", "die half"):
                os.kill(os.getpid(), signal.SIGKILL)
            result = call(*arguments, **named)
            os.kill(os.getpid(), signal.SIGINT if self.plan.how == "interrupt" else signal.SIGKILL)
            return result

        return wrapped

    def _opening(self, opened: Callable[..., Any]) -> Callable[..., Any]:
        def wrapped(file: Any, mode: str = "r", *arguments: Any, **named: Any) -> Any:
            if not set("wax+") & set(mode) or file == os.devnull:
                return opened(file, mode, *arguments, **named)
            if self.strikes("open"):
                raise disk_full()
            real = opened(file, mode, *arguments, **named)
            return HalfWriter(real) if self.strikes("write") else real

        return wrapped


class HalfWriter:
    """A file whose disk is full in the middle of the first write."""

    def __init__(self, file: Any) -> None:
        self._file = file

    def __getattr__(self, name: str) -> Any:
        return getattr(self._file, name)

    def __enter__(self) -> HalfWriter:
        return self

    def __exit__(self, *_: object) -> None:
        self._file.close()

    def write(self, content: Any) -> int:
        self._file.write(content[: len(content) // 2])
        raise disk_full()


def disk_full() -> OSError:
    """Return the error of a full disk."""
    return OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))


def hurry(times: float) -> None:
    """Let this process's clock run faster, so that what is saved every few seconds is saved at each epoch."""
    real = time.monotonic
    time.monotonic = lambda: times * real()
