"""The plugin: namespaces of kinds, and suggestions where a name does not exist."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import glassnet as gn


@gn.hookimpl
def glassnet_public_name(name: str) -> Any:
    """Return the components of a kind for its plural, such as ``gn.layers``."""
    from glassnet_names.namespace import namespace_called

    return namespace_called(name)


@gn.hookimpl
def glassnet_nearest_name(wrong: str, known: Iterable[str]) -> str:
    """Suggest the nearest name."""
    from glassnet_names.nearest import did_you_mean

    return did_you_mean(wrong, known)
