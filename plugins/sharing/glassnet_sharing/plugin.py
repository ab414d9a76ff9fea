"""The plugin: a layer object that is listed in several places is one layer."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import glassnet as gn


@gn.hookimpl
def glassnet_layout(layers: Sequence[gn.Layer], tree: dict[str, Any]) -> Any:
    """Return where parameters are of which some have several places."""
    from glassnet_sharing.shared_layers import joined, shared_layers
    from glassnet_sharing.shared_layout import SharedLayout

    shared = shared_layers(layers)
    return SharedLayout(joined(tree, shared)) if shared else None


@gn.hookimpl
def glassnet_join(layers: Sequence[gn.Layer], tree: dict[str, Any]) -> dict[str, Any] | None:
    """Return the tree with one branch for all places of a layer."""
    from glassnet_sharing.shared_layers import joined, shared_layers

    shared = shared_layers(layers)
    return joined(tree, shared) if shared else None


@gn.hookimpl
def glassnet_remarks(layers: Sequence[gn.Layer]) -> list[str]:
    """Say which layers are one."""
    from glassnet_sharing.shared_layers import shared_layers

    return [str(each) for each in shared_layers(layers)]
