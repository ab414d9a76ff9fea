"""Calls that fail, explained: a wrong keyword ends in one sentence with the right one."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import ParamSpec, TypeVar

from glassnet.registry.plugins import plugin_hooks

P = ParamSpec("P")
R = TypeVar("R")


def explained(function: Callable[P, R]) -> Callable[P, R]:
    """Return `function` with the error of a plugin raised if its arguments do not fit its signature.

    So is an error that says what to do if memory is short. A call that succeeds takes no longer.
    """

    @functools.wraps(function)
    def call(*values: P.args, **named: P.kwargs) -> R:
        try:
            return function(*values, **named)
        except TypeError as error:
            started = error.__traceback__ is not None and error.__traceback__.tb_next is not None
            if started:  # the arguments did fit, and the error is from within
                raise
            told = plugin_hooks().glassnet_wrong_call(function=function, values=values, named=named)
            raise told or error from None
        except MemoryError as error:
            raise plugin_hooks().glassnet_out_of_memory(function=function.__name__, error=error) or error from None

    return call
