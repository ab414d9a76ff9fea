"""Whether a network can give its targets: a sigmoid that is trained on prices learns nothing, and nothing fails."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np

from glassnet.components.activation import Activation
from glassnet.components.context import Context, PassSettings
from glassnet.components.layer import Layer, layers_held_by
from glassnet.errors import warn
from glassnet.registry.registry import registry
from glassnet.types import Array, Shape

# Some targets may be out of reach by noise or on purpose; with this share of them, the last layer is the wrong one.
_OUT_OF_REACH = 0.9
# One target says little of the share, and more than the highest of these numbers say no more.
_FEWEST, _MOST = 4, 65_536


def limit_of(network: Any) -> Layer | None:
    """Return the layer that limits what a network gives; None if nothing does."""
    for index in reversed(range(len(network.layers))):
        member = network.layers[index]
        if any(map(math.isfinite, member.output_range)):
            return _within(member)
        if str(index) in network.parameter_views or not _passes_on(member, network.shapes[index]):
            return None
    return None


def _within(member: Layer) -> Layer:
    """Return the layer that limits the outputs of a layer: one that it holds, or itself."""
    for held in layers_held_by(member).values():
        for each in reversed(held if isinstance(held, Sequence) else [held]):
            if each.output_range == member.output_range:
                return _within(each)
    return member


def _passes_on(member: Layer, shape: Shape) -> bool:
    """Return whether a layer moves or averages its inputs, or returns them as they are outside training."""
    if member.output_type == "inputs":
        return True
    if member.output_shape(shape) != shape or member.integer_input:
        return False
    entry = registry.entry_of(type(member))
    if entry is None or entry.is_by_hand:  # a layer of a script is not expected to be called before the training
        return False
    x = np.linspace(-3, 3, 2 * math.prod(shape), dtype=np.float32).reshape(2, *shape)
    try:
        if isinstance(member, Activation):
            return np.array_equal(member.forward(x.copy()), x)
        y, _ = member.forward({}, x.copy(), Context(PassSettings(x.dtype), member.state(shape)))
    except Exception:  # it may need more than its input
        return False
    return np.array_equal(y, x)


class Reach:
    """Looks whether targets are within the reach of a layer, and warns once if most of them are not."""

    def __init__(self, layer: Layer) -> None:
        self._layer = layer
        self._low, self._high = layer.output_range
        self._seen: dict[str, tuple[int, int]] = {}
        self._is_told = False

    def __call__(self, y: Array, name: str) -> Array:
        """Look at further targets, and return them; `name` is what to call them, with a space behind it."""
        seen, outside = self._seen.get(name, (0, 0))
        if seen < _MOST and not self._is_told:
            some = y.reshape(-1)[:: max(1, y.size // _MOST)]
            seen += some.size
            outside += int(np.count_nonzero((some < self._low) | (some > self._high)))
            self._seen[name] = seen, outside
            if seen >= _FEWEST and outside > _OUT_OF_REACH * seen:
                self._is_told = True
                self._warn(outside / seen, name)
        return y

    def _warn(self, share: float, name: str) -> None:
        low, high = self._low, self._high
        limits = f"outside {low:g} to {high:g}"
        if math.isinf(low) or math.isinf(high):
            limits = f"below {low:g}" if math.isinf(high) else f"above {high:g}"
        warn(
            f"{share:.0%} of the {name}targets are {limits}, and the layer {self._layer!r} gives no such number; "
            "scale the targets, or leave that layer out"
        )
