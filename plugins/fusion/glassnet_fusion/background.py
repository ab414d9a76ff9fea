"""A thread that compiles, which does not keep a process from ending."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable
from concurrent.futures import Future


class Background:
    """Calls functions one after another in a thread, until the main thread has ended.

    A pool of threads would call all that wait before the process may end: a second or more after Ctrl-C.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._waiting: deque[tuple[Callable[[], object], Future[None]]] = deque()
        # The thread ends when nothing waits, so that the process can.
        self._has_thread = False

    def submit(self, function: Callable[[], object]) -> Future[None]:
        """Return what tells when a function, which raises nothing, was called or is not to be called any more."""
        done: Future[None] = Future()
        with self._lock:
            self._waiting.append((function, done))
            if not self._has_thread:
                threading.Thread(target=self._work, name="glassnet-fusion", daemon=False).start()
                self._has_thread = True
        return done

    def _work(self) -> None:
        while True:
            with self._lock:
                if not self._waiting:
                    self._has_thread = False
                    return
                function, done = self._waiting.popleft()
            if threading.main_thread().is_alive():
                function()
            done.set_result(None)
