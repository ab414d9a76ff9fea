"""Attributes that are looked up: components by kind, what plugins give, and what other frameworks call so.

``gn.layers.dense(128)`` and ``gn.optimizers.adam(lr=0.01)`` find components: there is one namespace for each kind.
"""

from __future__ import annotations

import sys
from collections.abc import Iterable
from functools import partial
from types import MethodType, ModuleType
from typing import TYPE_CHECKING, Any, ClassVar

from glassnet.errors import UnknownAttributeError, UnknownComponentError, did_you_mean
from glassnet.registry.kinds import METHOD, PUBLIC_NAME
from glassnet.registry.plugins import plugin_hooks
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


class Namespace:
    """The installed components of one kind, as attributes."""

    def __init__(self, kind: str) -> None:
        self._kind = kind

    def __getattr__(self, name: str) -> Any:
        if name.startswith("_"):  # what no component is called, and what notebooks ask every object for
            raise AttributeError(name)
        try:
            return registry.resolve(self._kind, name)
        except UnknownComponentError as error:
            raise UnknownAttributeError(str(error)) from None

    def __getitem__(self, name: str) -> Any:
        """Return a component by a name that may be qualified: ``gn.activations["glassnet-swish:swish"]``."""
        return registry.resolve(self._kind, name)

    def __dir__(self) -> list[str]:
        """Return the names, for completion. None of them is imported for that."""
        return registry.names(self._kind)

    def _help(self) -> str:
        """Return what ``help(gn.layers)`` shows."""
        return plugin_hooks().glassnet_show(thing=self, form="help") or repr(self)

    __doc__: Any = property(_help)  # pydoc asks an object for its own text first

    def __repr__(self) -> str:
        return f"<{registry.kind(self._kind).plural}: {', '.join(dir(self))}>"


def public_name(name: str) -> Any:
    """Return what the package has under `name` beside the kernel: a plugin's public name, or the namespace of a kind.

    Raises
    ------
    UnknownAttributeError
        When it is neither.
    """
    for entry in registry.installed(PUBLIC_NAME).get(name, ()):
        return registry.plugins.load(entry)
    try:
        kind = registry.kind(name)
    except UnknownComponentError:
        kind = None
    if kind is None or name != kind.plural:
        package = sys.modules["glassnet"]
        raise UnknownAttributeError(_missing_attribute("module 'glassnet'", package, package, name))
    return Namespace(kind.name)
