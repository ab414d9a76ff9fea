"""How each layer is computed by kernels: a rule for each name, and activations by their own formula."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import attrs

import glassnet as gn
from glassnet.registry.registry import name_of
from glassnet_standalone.expression import expression_of
from glassnet_standalone.program import Matrix, Program, Value, Vector

Rule = Callable[[Any, "Place", Value], Value]
"""``rule(layer, place, x)`` adds the calls of a layer to a program, and returns its output."""

RULES: dict[str, Rule] = {}


@attrs.frozen
class Place:
    """A layer's place in a program: its name, its parameters and its state."""

    program: Program
    name: str
    parameters: Mapping[str, Any]
    state: Mapping[str, Any]

    def child(self, key: str) -> Place:
        """Return the place of a layer that this one holds."""
        return Place(self.program, f"{self.name}.{key}", self.parameters.get(key, {}), self.state.get(key, {}))

    def call(self, kernel: str, layer: gn.Layer, *inputs: Value, shape: gn.Shape, **given: Any) -> Value:
        """Add a call; see `Program.call`."""
        return self.program.call(kernel, layer, self.name, inputs, shape, **given)

    def matrix(self, name: str) -> Matrix:
        """Add a parameter whose last axis has the outputs."""
        return self.program.matrix(f"{self.name}.{name}", self.parameters[name])

    def vector(self, name: str) -> Vector | None:
        """Add a parameter or an array of the state; None if the layer has none of this name."""
        own = self.parameters.get(name, self.state.get(name))
        return self.program.vector(f"{self.name}.{name}", own)


def rule(*names: str) -> Callable[[Rule], Rule]:
    """Return a decorator that makes a function the rule of layers or activations with these names."""

    def register(function: Rule) -> Rule:
        RULES.update(dict.fromkeys(names, function))
        return function

    return register


def write(layer: Any, place: Place, x: Value) -> Value:
    """Add the calls of a layer, and return its output with the mask that goes on with it.

    Raises
    ------
    OptionError
        If no rule is known for the layer, and it is not an elementwise activation.
    """
    name = name_of(type(layer))
    if name in RULES:
        y = RULES[name](layer, place, x)
    elif (expression := expression_of(layer, place.program.network.dtype)) is not None:
        y = place.call(name, layer, x, shape=x.shape, expression=expression)
    elif place.program.links:
        arrays = tuple(place.vector(own) for own in (*place.parameters, *place.state))
        y = place.call("linked", layer, x, shape=layer.output_shape(x.shape), arrays=arrays)
    else:
        raise gn.OptionError(
            f"layer {place.name}, {layer!r}, cannot be written in this language: no kernel is known for {name}; "
            "export it as model.py, or take layers that glassnet ships and elementwise activations"
        )
    return attrs.evolve(y, mask=_mask_behind(layer, x, y))


def write_all(layers: Any, place: Callable[[int], Place], x: Value) -> Value:
    """Add layers that feed each other, and return the output of the last."""
    for index, layer in enumerate(layers):
        x = write(layer, place(index), x)
    return x


def _mask_behind(layer: gn.Layer, x: Value, y: Value) -> Value | None:
    """Return the mask of a layer's output, by the rules of `glassnet.compute_mask`."""
    mask = y.mask or x.mask
    if mask is None or (y.mask is None and not layer.keeps_steps):
        return None
    steps = mask.shape
    return mask if y.shape[: len(steps)] == steps and 0 < len(steps) < len(y.shape) else None
