"""Ctrl-C, SIGTERM and SIGHUP reach the ranks at different moments; all of them act on a signal after the same step."""

from __future__ import annotations

import contextlib
import signal
import threading
from typing import Any

NUMBERS = (signal.SIGINT, signal.SIGTERM)
# Windows has none. The ranks share two figures with each step, so they end as after SIGTERM.
_HANG_UP: int | None = getattr(signal, "SIGHUP", None)


class JointSignals:
    """Notes signals instead of acting on them, and acts when the ranks agree.

    Attributes
    ----------
    got
        For each of `NUMBERS` whether this rank got it. SIGHUP counts as SIGTERM.
    """

    def __init__(self) -> None:
        self.got = dict.fromkeys(NUMBERS, 0)
        self._before: dict[int, Any] = {}
        if threading.current_thread() is not threading.main_thread():
            return
        for number in (*NUMBERS, *filter(None, [_HANG_UP])):
            if signal.getsignal(number) not in (signal.SIG_IGN, None):
                self._before[number] = signal.signal(number, self._note)

    def _note(self, number: int, frame: Any) -> None:
        self.got[signal.SIGTERM if number == _HANG_UP else signal.Signals(number)] = 1

    def handler(self, number: int) -> Any:
        """Put the earlier handlers back, so that a second signal ends this rank at once; return that of a signal."""
        handler = self._before.get(number, signal.SIG_DFL)
        self.put_back()
        return handler

    def put_back(self) -> None:
        """Put the earlier handlers back."""
        before, self._before = self._before, {}
        for number, handler in before.items():
            with contextlib.suppress(ValueError):
                signal.signal(number, handler)
