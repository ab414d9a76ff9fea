"""From the name of a layer or a parameter, such as ``"2.0"`` or ``"2.0.weights"``, to the layer that has it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import attrs

import glassnet as gn
from glassnet.errors import UnknownNameError
from glassnet.model.sequential import Held


@attrs.frozen(eq=False)
class Place:
    """A layer with parameters, or one of them.

    Attributes
    ----------
    name
        The name that was asked for.
    holders
        The layer, and those that hold it: the outermost first.
    parameters
        The names of the layer's own parameters.
    parameter
        The parameter that was meant, or None for the whole layer.
    """

    name: str
    holders: tuple[gn.Layer, ...]
    parameters: tuple[str, ...]
    parameter: str | None

    @property
    def layer(self) -> gn.Layer:
        """The layer itself."""
        return self.holders[-1]


def place_of(network: gn.Network, name: str) -> Place:
    """Return the layer, or the parameter, of a name.

    Raises
    ------
    UnknownNameError
        If the network has no layer with parameters, and no parameter, of this name.
    NotBuiltError
        If the network has no parameters yet.
    """
    branch: Any = network.sequence.parameters(network.input_shape)
    holders: list[Any] = []
    for part in str(name).split("."):
        if not isinstance(branch, Mapping) or part not in branch:
            known = list(_names(network))
            near = gn.did_you_mean(str(name), known)
            raise UnknownNameError(f"no layer or parameter {name!r}{near} (there are {', '.join(known)})")
        parent, branch = branch, branch[part]
        if isinstance(branch, Held):
            holders.append(branch.owner)
    is_parameter = isinstance(branch, gn.Parameter)
    own = parent if is_parameter else branch
    parameters = tuple(one for one, below in own.items() if isinstance(below, gn.Parameter))
    return Place(str(name), tuple(holders), parameters, part if is_parameter else None)


def _names(network: gn.Network) -> list[str]:
    """Return the names of all layers with parameters, and of all parameters."""
    names: dict[str, None] = {}
    for name in network.parameters:
        parts = name.split(".")
        names |= dict.fromkeys(".".join(parts[:end]) for end in range(1, len(parts) + 1))
    return list(names)


def with_changed(layers: Sequence[gn.Layer], changes: Mapping[int, gn.Layer]) -> tuple[gn.Layer, ...]:
    """Return layers in which those of some ids are others; a layer in several places stays one object."""
    made: dict[int, Any] = dict(changes)

    def of(layer: Any) -> Any:
        if id(layer) not in made:
            held = {name: inside(value) for name, value in gn.layers_held_by(layer).items()}
            same = all(held[name] is value for name, value in gn.layers_held_by(layer).items())
            made[id(layer)] = layer if same else layer.replace(**held)
        return made[id(layer)]

    def inside(value: Any) -> Any:
        if not isinstance(value, tuple):
            return of(value)
        each = tuple(map(of, value))
        return value if all(new is old for new, old in zip(each, value, strict=True)) else each

    return tuple(map(of, layers))
