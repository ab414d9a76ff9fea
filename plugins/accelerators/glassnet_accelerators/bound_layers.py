"""The layers of a small network, bound to their arrays: a step then looks nothing up.

In a step of 20 microseconds, finding parameters and making arrays takes longer than to compute.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

import glassnet as gn
from glassnet.components.activation import Activate
from glassnet.model.sequential import LayerSequence, WholeBatch

# Batches of ever new lengths are not prepared for without end.
_MOST_BOUND = 8
_NOT_BOUND: tuple[list[Any], list[Any]] = [], []


class BoundLayer(NamedTuple):
    """Forward and backward of a layer, which are given what changes from step to step alone.

    Both return None if the layer itself has to compute.

    Attributes
    ----------
    forward
        Of the input, returns the output and what `Layer.forward` keeps for backward.
    backward
        Of that and the gradient of the output, returns the gradient of the input.
    """

    forward: Callable[[gn.Array], tuple[gn.Array, Any] | None]
    backward: Callable[[Any, gn.Array], gn.Array | None]


class Bindable:
    """A layer that can be bound."""

    def bound(self, params: gn.Arrays, grads: gn.Arrays, samples: int, *, needs_input_grad: bool) -> BoundLayer:
        """Return forward and backward with these arrays, and with results that each call writes into again."""
        raise NotImplementedError


class BoundLayers(WholeBatch):
    """Runs layers that are bound to their arrays, and leaves what they do not take to what it was given."""

    def __init__(self, parts: WholeBatch) -> None:
        super().__init__(parts.network)
        self._parts = parts
        # Forwards from the first layer on, and backwards from the last one on. They are found by the context, since a
        # pass may begin within another one, whose results are still needed; and by the number of samples.
        self._bound: dict[tuple[gn.Context, int], tuple[list[Any], list[Any]]] = {}

    def forward(self, sequence: LayerSequence, x: gn.Array, ctx: gn.Context) -> tuple[gn.Array, list[Any]]:
        y, caches = x, []
        forwards, _ = self._bound.get((ctx, len(x)), _NOT_BOUND)
        for forward in forwards:
            found = forward(y)
            if found is None:
                break
            y, cache = found
            caches.append(cache)
        else:
            if forwards:
                return y, [caches]
        return self._parts.forward(sequence, x, ctx)

    def backward(self, sequence: LayerSequence, caches: list[Any], dy: gn.Array, ctx: gn.Context) -> None:
        _, backwards = self._bound.get((ctx, len(dy)), _NOT_BOUND)
        if backwards and len(caches) == 1:
            gradient: gn.Array | None = dy
            for backward, cache in zip(backwards, reversed(caches[0]), strict=False):
                gradient = backward(cache, gradient)
                if gradient is None:
                    break
            else:
                return
        self._parts.backward(sequence, caches, dy, ctx)
        # The first pass with a number of samples is left to the layers, whose results are looked at in it.
        if (ctx, len(dy)) not in self._bound and len(self._bound) < _MOST_BOUND:
            self._bound[ctx, len(dy)] = self._bind(sequence, len(dy))

    def _bind(self, sequence: LayerSequence, samples: int) -> tuple[list[Any], list[Any]]:
        """Return the functions of a batch with this number of samples: none if a layer cannot be bound."""
        first, layers = _bound_layers(self.network, sequence, samples)
        forwards, backwards = [layer.forward for layer in layers], [layer.backward for layer in layers[first:]]
        return forwards, backwards[::-1]


def with_bound_layers(network: Any, sequence: LayerSequence, parts: WholeBatch | None) -> WholeBatch | None:
    """Return what binds layers, if one of them can be bound; else what ran them before."""
    for layer in sequence.layers:
        if isinstance(layer, Bindable):
            return BoundLayers(WholeBatch(network) if parts is None else parts)
    return parts


def _bound_layers(network: Any, sequence: LayerSequence, samples: int) -> tuple[int, list[BoundLayer]]:
    """Return the index of the first layer with parameters, and all layers; none if one of them cannot be bound."""
    params, grads = network.parameter_views, network.gradient_views
    are_shared = network.layout.gradient_size > network.layout.size  # those are added up after backward
    first, layers = min(map(int, params), default=0), []
    for index, layer in enumerate(sequence.layers):
        key = str(index)
        if isinstance(layer, Bindable) and not are_shared:
            layers.append(layer.bound(params[key], grads[key], samples, needs_input_grad=index > first))
        elif type(layer) is Activate:
            layers.append(_bound_activation(layer.layer))
        else:
            return 0, []
    return first, layers


def _bound_activation(activation: Any) -> BoundLayer:
    compute, derive = activation.forward, activation.backward

    def forward(x: gn.Array) -> tuple[gn.Array, Any]:
        y = compute(x)
        return y, (x, y)

    return BoundLayer(forward, lambda cache, dy: derive(dy, *cache))
