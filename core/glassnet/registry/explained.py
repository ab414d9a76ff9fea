"""Calls and attributes that do not exist, explained: a wrong keyword ends in one sentence with the right one."""

from __future__ import annotations

import functools
from collections.abc import Callable
from types import ModuleType
from typing import TYPE_CHECKING, Any, ParamSpec, TypeVar

from glassnet.errors import UnknownAttributeError, did_you_mean
from glassnet.registry.plugins import plugin_hooks

P = ParamSpec("P")
R = TypeVar("R")


def explained(function: Callable[P, R]) -> Callable[P, R]:
    """Return `function` with the error of a plugin raised if its arguments do not fit its signature.

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
            told = plugin_hooks().glassnet_wrong_call(function=function, values=values, named=named)
            raise told or error from None

    return call


class ExplainsAttributes:
    """A class whose objects say what an attribute of another framework is called here, and are tables in notebooks."""

    __slots__ = ()

    def _repr_html_(self) -> str | None:
        """Return the object as HTML, which notebooks show; None if no plugin gives any."""
        shown: str | None = plugin_hooks().glassnet_html(thing=self)
        return shown

    # For the type checker, an attribute that does not exist stays an error.
    if not TYPE_CHECKING:

        def __getattr__(self, name: str) -> Any:
            if name.startswith("_"):  # what copying, pickling and notebooks ask every object for
                raise AttributeError(f"{type(self).__name__!r} object has no attribute {name!r}")
            raise unknown_attribute(self, name)


def unknown_attribute(instance: Any, name: str) -> UnknownAttributeError:
    """Return the error for an attribute that an object does not have."""
    kind = type(instance)
    return UnknownAttributeError(functools.partial(missing_attribute, kind.__name__, instance, name))


def missing_attribute(title: str, owner: Any, name: str) -> str:
    """Return the message for an attribute that a module or an object does not have."""
    known = [each for each in dir(owner) if not each.startswith("_")]
    of_what = owner if isinstance(owner, type | ModuleType) else type(owner)
    hint = plugin_hooks().glassnet_unknown_attribute(owner=of_what, name=name)
    return f"{title} has no attribute {name!r}{did_you_mean(name, known) if hint is None else hint}"
