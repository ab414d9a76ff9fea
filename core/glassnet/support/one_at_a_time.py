"""Calls that change a whole network: one at a time."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any, Concatenate, ParamSpec, TypeVar

from glassnet.errors import InUseError

P = ParamSpec("P")
R = TypeVar("R")
Owner = TypeVar("Owner", bound=Any)


def one_at_a_time(method: Callable[Concatenate[Owner, P], R]) -> Callable[Concatenate[Owner, P], R]:
    """Return a method that raises `InUseError` while such a method of the same object is at work.

    It may be at work in another thread, or further up in this one, as when a callback calls `fit`. The object has a
    lock named ``_at_work``.
    """

    @functools.wraps(method)
    def call(owner: Owner, /, *values: P.args, **named: P.kwargs) -> R:
        if not owner._at_work.acquire(blocking=False):
            raise InUseError(
                f"{method.__name__}() would change the network while another call of fit() or build() is at work on "
                "it; wait until that has ended, or train a copy: net.copy()"
            )
        try:
            return method(owner, *values, **named)
        finally:
            owner._at_work.release()

    return call
