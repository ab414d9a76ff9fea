"""Which components have a derivative that is derived."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from weakref import WeakKeyDictionary

from glassnet.components.component import Component, components_in

_derived_layers: WeakKeyDictionary[Any, bool] = WeakKeyDictionary()


def is_derived(component: Component) -> bool:
    """Tell whether the derivative of a component, or of one that it holds, is derived."""
    return any(getattr(one, "derives_backward", False) for one in components_in(component))


def has_derived(network: Any, others: Sequence[Component | None]) -> bool:
    """Tell whether the derivative of a layer, or of one of the other components, is derived."""
    if network not in _derived_layers:  # each fit asks
        _derived_layers[network] = any(map(is_derived, network.layers))
    return _derived_layers[network] or any(is_derived(each) for each in others if each is not None)
