"""The layers of a model, as users give them: names, specs and instances, in a list or in one text."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from glassnet.components.layer import Layer
from glassnet.errors import SpecError, WrongKindError
from glassnet.registry.registry import create
from glassnet.registry.spec import split as split_specs


def layer_list(layers: Any) -> tuple[Layer, ...]:
    """Return the layers that `layers` names.

    Raises
    ------
    SpecError, WrongKindError
        If `layers` is empty, or neither a list nor a text.
    """
    return tuple(create("layer", each) for each in _listed(layers))


def _listed(layers: Any) -> list[Any]:
    """Return what a network was given as a list of names, specs and instances."""
    if isinstance(layers, Mapping) or not isinstance(layers, Iterable):
        raise WrongKindError(
            f"a network takes a list of layers, or their specs in one text, got {layers!r}; "
            "write gn.Network(['dense(8)', 'relu', 'dense(1)'])"
        )
    listed = split_specs(layers) if isinstance(layers, str) else list(layers)
    with_comma = next((each for each in listed if isinstance(layers, str) and each.endswith(",")), None)
    if with_comma is not None:
        raise SpecError(
            f"layers in one text have spaces between them and no commas (got {with_comma!r}): 'dense(8) relu'"
        )
    if not listed:
        raise SpecError("a network needs at least one layer (got none); write gn.Network('dense(8) relu dense(1)')")
    return listed
