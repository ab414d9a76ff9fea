"""Attributes that are looked up: what plugins give, and what other frameworks call so."""

from __future__ import annotations

import sys
from collections.abc import Iterable
from functools import partial
from types import MethodType, ModuleType
from typing import TYPE_CHECKING, Any, ClassVar

from glassnet.errors import UnknownAttributeError
from glassnet.registry.kinds import METHOD, PUBLIC_NAME
from glassnet.registry.plugins import did_you_mean, plugin_hooks
from glassnet.registry.registry import registry


class ShownInNotebooks:
    """A class whose objects show in a notebook what a plugin shows of them."""

    __slots__ = ()

    def _repr_html_(self) -> str | None:
        """Return the object as HTML, which notebooks show; None if no plugin gives any."""
        shown: str | None = plugin_hooks().glassnet_show(thing=self, form="html")
        return shown


class ExplainsAttributes(ShownInNotebooks):
    """A class whose objects have methods from plugins, and say what an attribute of another framework is called here.

    Attributes
    ----------
    _methods
        What the names of its methods begin with under the entry-point group ``glassnet.methods``, such as
        ``"History."``; None if plugins give it no methods.
    """

    __slots__ = ()
    _methods: ClassVar[str | None] = None

    # For the type checker, an attribute that does not exist stays an error.
    if not TYPE_CHECKING:

        def __getattr__(self, name: str) -> Any:
            """Return a method that a plugin gives, such as ``net.save`` or ``history.plot``."""
            if name.startswith("_"):  # what copying, pickling and notebooks ask every object for
                raise AttributeError(f"{type(self).__name__!r} object has no attribute {name!r}")
            given = registry.installed(METHOD) if self._methods is not None else {}
            for entry in given.get(f"{self._methods}{name}", ()):
                return MethodType(registry.plugins.load(entry), self)
            kind = type(self)
            raise UnknownAttributeError(partial(_missing_attribute, kind.__name__, kind, self, name))

    def __dir__(self) -> list[str]:
        """Return the names of attributes and methods, for completion."""
        given = registry.installed(METHOD) if self._methods is not None else {}
        return sorted({*super().__dir__(), *_suffixes(given, self._methods or "")})


def _suffixes(names: Iterable[str], prefix: str) -> list[str]:
    """Return what follows a prefix in those of the names that begin with it, and have no further dot."""
    return [rest for name in names if name.startswith(prefix) and "." not in (rest := name[len(prefix) :])]


def _missing_attribute(title: str, kind: type | ModuleType, owner: Any, name: str) -> str:
    """Return the message for an attribute that a module or an object does not have."""
    hint = plugin_hooks().glassnet_unknown_attribute(owner=kind, name=name)
    known = [each for each in dir(owner) if not each.startswith("_")]
    return f"{title} has no attribute {name!r}{did_you_mean(name, known) if hint is None else hint}"


def public_name(name: str) -> Any:
    """Return a public name of a plugin, or what a plugin gives for `name` by a hook.

    Raises
    ------
    UnknownAttributeError
        When no plugin knows it.
    """
    for entry in registry.installed(PUBLIC_NAME).get(name, ()):
        return registry.plugins.load(entry)
    found = plugin_hooks().glassnet_public_name(name=name)
    if found is None:
        package = sys.modules["glassnet"]
        raise UnknownAttributeError(_missing_attribute("module 'glassnet'", package, package, name))
    return found
