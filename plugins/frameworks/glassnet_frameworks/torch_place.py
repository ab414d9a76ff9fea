"""How each layer becomes a module of PyTorch: a rule for each name, and layers in a row."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import attrs
import numpy as np
from torch import nn

import glassnet as gn
from glassnet.registry.registry import name_of


@attrs.frozen
class Place:
    """A layer's place: its name, the shape of its input, its arrays, and the image whose elements its input has.

    Attributes
    ----------
    flattened
        The shape of the image of which the input is the row in PyTorch's order; None if the order is glassnet's.
    """

    name: str
    shape: gn.Shape
    parameters: Mapping[str, Any]
    state: Mapping[str, Any]
    flattened: gn.Shape | None = None

    def child(self, key: str, shape: gn.Shape, flattened: gn.Shape | None = None) -> Place:
        """Return the place of a layer that this one holds."""
        parameters, state = self.parameters.get(key, {}), self.state.get(key, {})
        return Place(f"{self.name}.{key}" if self.name else key, shape, parameters, state, flattened)

    @property
    def is_image(self) -> bool:
        """Whether the input has the shape of images, which PyTorch has with channels first."""
        return len(self.shape) == 3

    def in_order(self, array: gn.Array) -> gn.Array:
        """Return an array by rows in the order of the input."""
        if self.flattened is None:
            return array
        by_image = array.reshape(*self.flattened, *array.shape[1:])
        return np.moveaxis(by_image, 2, 0).reshape(array.shape)


Rule = Callable[[Any, Place], nn.Module]
RULES: dict[str, Rule] = {}
# Behind these, the elements of a flattened image are still in their order.
_KEEP_ORDER = ("dropout", "gaussian_noise", "batch_norm", "layer_norm")


def rule(*names: str) -> Callable[[Rule], Rule]:
    """Return a decorator that makes a function the rule of layers or activations with these names."""

    def register(function: Rule) -> Rule:
        RULES.update(dict.fromkeys(names, function))
        return function

    return register


def sequential_of(layers: Any, place: Place, kind: Any = None) -> Any:
    """Return layers in a row as a ``Sequential`` whose modules have their places as names."""
    shape, flattened, modules = place.shape, None, {}
    for index, layer in enumerate(layers):
        own = place.child(str(index), shape, flattened)
        if layer.title() == "flatten" and own.is_image and _reaches_dense(layers[index + 1 :]):
            modules[str(index)], flattened = nn.Flatten(), shape
        else:
            modules[str(index)] = module_of(layer, own)
            flattened = flattened if _keeps_order(layer) else None
        shape = tuple(layer.as_layer().output_shape(shape))
    made = (kind or nn.Sequential)()
    for key, module in modules.items():
        made.add_module(key, module)
    return made


def module_of(layer: Any, place: Place) -> Any:
    """Return a layer as a module.

    Raises
    ------
    OptionError
        If PyTorch has no counterpart.
    """
    name = name_of(type(layer))
    if name not in RULES:
        raise gn.OptionError(
            f"layer {place.name}, {layer!r}, has no counterpart in PyTorch that glassnet knows; "
            "replace it, or use the network from PyTorch by net.save('model.onnx')"
        )
    return RULES[name](layer, place)


def _keeps_order(layer: Any) -> bool:
    return layer.kind == "activation" or layer.title() in _KEEP_ORDER


def _reaches_dense(layers: Any) -> bool:
    """Return whether a dense layer follows before anything that depends on the order of elements."""
    for layer in layers:
        if layer.title() == "dense":
            return True
        if not _keeps_order(layer):
            return False
    return False
