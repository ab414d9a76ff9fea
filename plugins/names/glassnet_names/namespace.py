"""The components of a kind as attributes: ``gn.layers.dense(128)``, ``gn.optimizers.adam(lr=0.01)``."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from glassnet.errors import UnknownAttributeError, UnknownComponentError
from glassnet.registry.plugins import plugin_hooks
from glassnet.registry.registry import registry


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

    def __iter__(self) -> Iterator[str]:
        """Go through the names: ``list(gn.losses)``, and ``"mse" in gn.losses``. None of them is imported for that."""
        return iter(dir(self))

    def __dir__(self) -> list[str]:
        """Return the names, for completion. None of them is imported for that."""
        return registry.names(self._kind)

    def _help(self) -> str:
        """Return what ``help(gn.layers)`` shows."""
        return plugin_hooks().glassnet_show(thing=self, form="help") or repr(self)

    __doc__: Any = property(_help)  # pydoc asks an object for its own text first

    def __repr__(self) -> str:
        return f"<{registry.kind(self._kind).plural}: {', '.join(dir(self))}>"


def namespace_called(plural: str) -> Namespace | None:
    """Return the components of the kind with this plural; None if there is no such kind."""
    try:
        kind = registry.kind(plural)
    except UnknownComponentError:
        return None
    return Namespace(kind.name) if plural == kind.plural else None
