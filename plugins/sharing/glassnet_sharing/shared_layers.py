"""Layers in several places of a network, with one set of parameters and state for all of them.

A layer is shared if one and the same object is listed more than once: in the network, or in layers that hold layers.
Press and Wolf (2017), Using the Output Embedding to Improve Language Models, arXiv:1608.05859, tie weights so.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Any

import attrs
import numpy as np

import glassnet as gn
from glassnet.components.component import Component
from glassnet.components.layer import Layer
from glassnet.components.parameter import Parameter
from glassnet.errors import ShapeError
from glassnet.model.sequential import Held


@attrs.frozen(eq=False)
class SharedLayer:
    """A layer in several places.

    Attributes
    ----------
    layer
        The one object.
    places
        Where it is listed: the index in the network, and options and indices below it, as in ``"3.layers.1"``.
    holders
        What lists it there: the layer that holds it, or None for the network.
    """

    layer: Component
    places: tuple[str, ...]
    holders: tuple[Component | None, ...]

    def __str__(self) -> str:
        first, *others = self.places
        verb = "is" if len(others) == 1 else "are"
        return f"layer {', '.join(others)} {verb} layer {first}"


def shared_layers(layers: Sequence[Component]) -> tuple[SharedLayer, ...]:
    """Return the layers in several places that can have parameters or state."""
    found: dict[int, tuple[Component, list[str], list[Component | None]]] = {}

    def visit(value: Any, place: str, holder: Component | None) -> None:
        if isinstance(value, Component):
            _, places, holders = found.setdefault(id(value), (value, [], []))
            places.append(place)
            holders.append(holder)
            if len(places) == 1:  # the second time, what it holds comes with it
                for name, held in value.options.items():
                    visit(held, f"{place}.{name}", value)
        elif isinstance(value, (tuple, list)):
            for index, each in enumerate(value):
                visit(each, f"{place}.{index}" if place else str(index), holder)

    visit(tuple(layers), "", None)
    return tuple(
        SharedLayer(layer, tuple(places), tuple(holders))
        for layer, places, holders in found.values()
        if len(places) > 1 and _can_carry(layer)
    )


def _can_carry(component: Component) -> bool:
    """Tell whether a component is a layer whose class describes parameters or state."""
    if not isinstance(component, Layer):
        return False
    layer = component.as_layer()
    described_by = type(layer.layer if isinstance(layer, gn.LayerWrapper) else layer)
    return described_by.parameters is not Layer.parameters or described_by.state is not Layer.state


def rejoined(layers: Sequence[Any], groups: Sequence[Sequence[str]]) -> tuple[Any, ...]:
    """Return layers in which the places of each group hold one object: that of its first place."""
    first_of = {place: group[0] for group in groups for place in group}
    made: dict[str, Any] = {}

    def of(value: Any, place: str) -> Any:
        first = first_of.get(place)
        if first is not None and first in made:
            return made[first]
        if isinstance(value, Component):
            changed = {name: of(held, f"{place}.{name}") for name, held in value.options.items()}
            if any(changed[name] is not held for name, held in value.options.items()):
                value = value.replace(**changed)
        elif isinstance(value, tuple):
            each = tuple(of(one, f"{place}.{index}") for index, one in enumerate(value))
            value = value if all(new is old for new, old in zip(each, value, strict=True)) else each
        if first is not None:
            made[first] = value
        return value

    return tuple(of(layer, str(index)) for index, layer in enumerate(layers))


def joined(tree: dict[str, Any], shared: Sequence[SharedLayer]) -> dict[str, Any]:
    """Return a tree of parameters or state in which a shared layer has one branch in all its places.

    Parameters
    ----------
    tree
        What the layers describe, nested by place.
    shared
        The layers in several places.

    Raises
    ------
    ShapeError
        If the places of a layer want different arrays, or the layer is held by one that does not run it through
        `LayerSequence`, so that its arrays cannot be told from those of the other.
    """
    joining = _Joining(shared)
    result = joining.walk(tree, None)
    joining.check_all_places()
    return result


class _Joining:
    """The branches of shared layers that were met so far."""

    def __init__(self, shared: Sequence[SharedLayer]) -> None:
        self._known = {id(each.layer): each for each in shared}
        self._branches: dict[int, dict[str, Any]] = {}
        self._seen: Counter[int] = Counter()
        self._owners_of_arrays: set[int] = set()

    def walk(self, branch: dict[str, Any], owner: Component | None) -> dict[str, Any]:
        """Return a branch with those of shared layers in it joined."""
        shares = False
        if isinstance(branch, Held):
            owner = branch.owner.layer if isinstance(branch.owner, gn.LayerWrapper) else branch.owner
            shares = id(owner) in self._known
        if shares:
            self._seen[id(owner)] += 1
            if id(owner) in self._branches:
                _check_same(self._known[id(owner)], self._branches[id(owner)], branch)
                return self._branches[id(owner)]
        content: dict[str, Any] = {}
        for name, below in branch.items():
            if isinstance(below, dict):
                content[name] = self.walk(below, owner)
            else:
                content[name] = below
                self._owners_of_arrays.add(id(owner))
        if shares:
            self._branches[id(owner)] = content
        return content

    def check_all_places(self) -> None:
        """Raise `ShapeError` if a layer was not met in each of its places."""
        for each in self._known.values():
            hidden = any(holder is not None and id(holder) in self._owners_of_arrays for holder in each.holders)
            seen = self._seen[id(each.layer)]
            if seen != len(each.places) and (seen or hidden):
                raise ShapeError(f"{each}, and the layers that hold it do not tell its arrays from theirs; {_ADVICE}")


_ADVICE = "make a second instance, such as layer.replace()"


def _check_same(shared: SharedLayer, first: dict[str, Any], again: dict[str, Any]) -> None:
    for name in {**first, **again}:
        one, other = first.get(name), again.get(name)
        if isinstance(one, dict) and isinstance(other, dict):
            _check_same(shared, one, other)
            continue
        differs = "only in some of the places" if one is None or other is None else _difference(one, other)
        if differs:
            raise ShapeError(f"{shared}, and {name!r} cannot be the same in each place ({differs}); {_ADVICE}")


def _difference(one: Any, other: Any) -> str | None:
    """Return what keeps two parameters, or two first values of a state array, from being one."""
    if not isinstance(one, Parameter):
        return None if np.shape(one) == np.shape(other) else f"shapes {np.shape(one)} and {np.shape(other)}"
    for name in ("shape", "trainable", "lr_scale"):
        mine, theirs = getattr(one, name), getattr(other, name)
        if mine != theirs:
            return f"{name} {mine} and {theirs}"
    return None
