"""A call on a stack that is large enough for a compiler; that of the caller's thread may be much smaller."""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import Future
from typing import TypeVar

Result = TypeVar("Result")

# What Linux gives a program; LLVM needs more than 256 KiB.
_BYTES = 8 * 2**20
# The size is that of all threads that are started next.
_lock = threading.Lock()


def on_large_stack(function: Callable[[], Result]) -> Result:
    """Return what a function returns. Unless the main thread calls it, another thread does."""
    if threading.current_thread() is threading.main_thread():
        return function()
    called: Future[Result] = Future()

    def call() -> None:
        try:
            called.set_result(function())
        except BaseException as error:
            called.set_exception(error)

    with _lock:
        before = threading.stack_size(_BYTES)
        try:
            threading.Thread(target=call, name="glassnet-compiler").start()
        except RuntimeError:  # no further thread can start
            call()
        finally:
            threading.stack_size(before)
    return called.result()
