"""The plugin: what it adds to messages. Its modules are imported after a mistake, not before."""

from __future__ import annotations

from collections.abc import Collection

import glassnet as gn
from glassnet.registry.kinds import Kind


@gn.hookimpl
def glassnet_unknown_component(kind: str, name: str, known: Collection[str]) -> str | None:
    """Say how glassnet calls what another framework calls `name`."""
    from glassnet_hints.wrong_calls import unknown_component

    return unknown_component(kind, name, known)


@gn.hookimpl
def glassnet_missing_install(kinds: list[Kind], name: str) -> str:
    """Say which editable install has `name` in its files and not yet in its metadata."""
    from glassnet_hints.editable_installs import reinstall_hint

    return reinstall_hint(kinds, name)
