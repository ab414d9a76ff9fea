"""A stopwatch with accounts: each moment is charged to the one that was opened last."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from threading import get_ident
from time import perf_counter
from typing import Any


class Account:
    """Seconds that were charged.

    Attributes
    ----------
    seconds
        All of them.
    watched
        Those in the steps in which products were watched.
    products
        Those of `watched` that went into matrix products.
    calls
        How many functions of NumPy were called with watched arrays.
    is_closed
        What is called meanwhile is charged to this account too, and to none of its own.
    """

    __slots__ = ("calls", "is_closed", "products", "seconds", "watched")

    def __init__(self, *, is_closed: bool = False) -> None:
        self.seconds = 0.0
        self.watched = 0.0
        self.products = 0.0
        self.calls = 0
        self.is_closed = is_closed


class Timing(AbstractContextManager[None]):
    """Charges what is done in a ``with`` block to an account. A generator would take several times as long."""

    def __init__(self, stopwatch: Stopwatch, account: Account) -> None:
        self._stopwatch, self._account = stopwatch, account

    def __enter__(self) -> None:
        self._stopwatch.open(self._account)

    def __exit__(self, *_: object) -> None:
        self._stopwatch.close()


class Stopwatch:
    """Runs from `start` until `stop`; the accounts add up to that time under any nesting of calls.

    It is for the thread that made it: what others do, they do at the same time and not instead.

    Attributes
    ----------
    watches_products
        Whether `product` takes note.
    products
        Seconds in matrix products since they were last set to zero.
    watching
        The account for the work of watching.
    calls
        How many functions of NumPy were called with watched arrays.
    """

    def __init__(self, rest: Account, watching: Account) -> None:
        self.watches_products = False
        self.products = 0.0
        self.calls = 0
        self.watching = watching
        self._thread = get_ident()
        self._open = [rest]
        self.start()

    def start(self) -> None:
        """Start the clock, or start it anew where it runs already."""
        self.started_at = self._since = perf_counter()

    def timed(self, account: Account, function: Callable[..., Any]) -> Callable[..., Any]:
        """Return `function` with its time charged to `account`, but for that of other timed functions in it."""

        def timed(*arguments: Any, **options: Any) -> Any:
            self.open(account)
            try:
                return function(*arguments, **options)
            finally:
                self.close()

        return timed

    def count_call(self) -> None:
        """Count a call with watched arrays to the account that is open."""
        if get_ident() == self._thread:
            self.calls += 1
            self._open[-1].calls += 1

    def open(self, account: Account) -> None:
        """Charge to `account` from now on."""
        if get_ident() != self._thread:
            return
        current = self._open[-1]
        self.charge()
        self._open.append(current if current.is_closed else account)

    def close(self) -> None:
        """Charge to the account before the one opened last."""
        if get_ident() != self._thread:
            return
        self.charge()
        self._open.pop()

    def charge(self) -> float:
        """Charge the time until now to the account that is open, and return what the clock shows."""
        now = perf_counter()
        account, seconds = self._open[-1], now - self._since
        account.seconds += seconds
        if self.watches_products:
            account.watched += seconds
        self._since = now
        return now

    def product(self, function: Callable[..., Any], *arguments: Any, **options: Any) -> Any:
        """Call a function that multiplies matrices."""
        if get_ident() != self._thread:
            return function(*arguments, **options)
        start = perf_counter()
        try:
            return function(*arguments, **options)
        finally:
            seconds = perf_counter() - start
            self._open[-1].products += seconds
            self.products += seconds

    def stop(self) -> float:
        """Charge what is left, and return the seconds from start to end."""
        return self.charge() - self.started_at
