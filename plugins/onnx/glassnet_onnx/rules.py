"""How each layer and activation is written in ONNX: a rule for each name, and the hook by which others bring theirs."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import glassnet as gn
from glassnet.registry.registry import name_of
from glassnet_onnx.graph import Arrays, Graph, Value

Rule = Callable[[Any, Graph, Value, Arrays], Value]
"""``rule(layer, graph, x, arrays)`` adds the nodes of a layer, and returns its output."""

RULES: dict[str, Rule] = {}


def rule(*names: str) -> Callable[[Rule], Rule]:
    """Return a decorator that makes a function the rule of layers or activations with these names."""

    def register(function: Rule) -> Rule:
        RULES.update(dict.fromkeys(names, function))
        return function

    return register


def write(layer: gn.Layer, graph: Graph, x: Value, arrays: Arrays) -> Value:
    """Add a layer to the graph and return its output.

    Raises
    ------
    OptionError
        If ONNX cannot express it, or no rule for it is known.
    """
    found: Value | None = gn.plugin_hooks().glassnet_onnx(layer=layer, graph=graph, x=x, arrays=arrays)
    if found is not None:
        return found
    name = name_of(type(layer))
    if name not in RULES:
        raise gn.OptionError(
            f"layer {arrays.place}, {layer!r}, cannot be written as ONNX: no rule is known for {name}; "
            "a plugin gives one by the hook glassnet_onnx"
        )
    return RULES[name](layer, graph, x, arrays)


def write_all(layers: Any, graph: Graph, x: Value, arrays: Callable[[int], Arrays]) -> Value:
    """Add layers that feed each other, and return the output of the last."""
    for index, layer in enumerate(layers):
        x = write(layer, graph, x, arrays(index))
    return x
