"""Names for a while: a component that is registered for the length of a block."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from glassnet.registry.registry import registry


@contextmanager
def registered(kind: str, name: str, component: Any) -> Iterator[None]:
    """Register for the length of a ``with`` block; what the name meant before comes back."""
    before = [each.given for each in registry.entries(kind) if each.is_by_hand and each.name == name]
    registry.register(kind, name, component)
    try:
        yield
    finally:
        registry.unregister(kind, name)
        for component in before:
            registry.register(kind, name, component)
