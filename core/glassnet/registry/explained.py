"""Calls and attributes that do not exist, explained: a wrong keyword ends in one sentence with the right one."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, ParamSpec, TypeVar

from glassnet.errors import UnknownAttributeError

P = ParamSpec("P")
R = TypeVar("R")


def explained(function: Callable[P, R]) -> Callable[P, R]:
    """Return `function` with `OptionError` raised if its arguments do not fit its signature.

    The signature is looked at after a call has failed, so a right call takes no longer.
    """

    @functools.wraps(function)
    def call(*values: P.args, **named: P.kwargs) -> R:
        try:
            return function(*values, **named)
        except TypeError as error:
            started = error.__traceback__ is not None and error.__traceback__.tb_next is not None
            if started:  # the arguments did fit, and the error is from within
                raise
            from glassnet_hints.wrong_calls import wrong_call

            raise wrong_call(function, values, named) from None

    return call


class ExplainsAttributes:
    """A class whose objects say what an attribute of another framework is called here."""

    __slots__ = ()

    # For the type checker, an attribute that does not exist stays an error.
    if not TYPE_CHECKING:

        def __getattr__(self, name: str) -> Any:
            if name.startswith("_"):  # what copying, pickling and notebooks ask every object for
                raise AttributeError(f"{type(self).__name__!r} object has no attribute {name!r}")
            raise UnknownAttributeError(functools.partial(_missing, type(self), name))


def _missing(kind: type, name: str) -> str:
    from glassnet_hints.wrong_calls import missing_attribute

    return missing_attribute(kind, name)
