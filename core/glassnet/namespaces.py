"""``gn.layers.dense(128)``, ``gn.optimizers.adam(lr=0.01)``: one namespace for each kind of component."""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import Any

from glassnet.errors import PluginLoadError, UnknownAttributeError, UnknownComponentError
from glassnet.registry.explained import missing_attribute
from glassnet.registry.kinds import METHOD, PUBLIC_NAME
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

    def __dir__(self) -> list[str]:
        """Return the names, for completion. None of them is imported for that."""
        return registry.names(self._kind)

    # What help(gn.layers) shows: pydoc asks an object for its own text first.
    @property
    def __doc__(self) -> str:  # type: ignore[override]
        """Return the components with the first line that each says of itself."""
        lines = [f"The installed {registry.kind(self._kind).plural}. help(gn.{registry.kind(self._kind).plural}.NAME)"]
        lines[0] += " shows one in full.\n"
        width = max(map(len, dir(self)), default=0)
        for name in dir(self):
            try:
                text = (getattr(self, name).__doc__ or "").strip().partition("\n")[0]
            except PluginLoadError as error:
                text = str(error)
            lines.append(f"{name:{width}}  {text}")
        return "\n".join(lines)

    def __repr__(self) -> str:
        return f"<{registry.kind(self._kind).plural}: {', '.join(dir(self))}>"


def network_method(name: str) -> Callable[..., Any] | None:
    """Return the function of a plugin that networks have as a method called `name`, or None."""
    for entry in registry.installed(METHOD).get(name, ()):
        method: Callable[..., Any] = registry.plugins.load(entry)
        return method
    return None


def network_methods() -> list[str]:
    """Return the names of the methods that plugins give to networks."""
    return list(registry.installed(METHOD))


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
        raise UnknownAttributeError(missing_attribute("module 'glassnet'", sys.modules["glassnet"], name))
    return Namespace(kind.name)
