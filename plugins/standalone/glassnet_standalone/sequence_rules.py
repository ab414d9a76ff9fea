"""Layers of sequences as calls of kernels, and the masks that some of them read."""

from __future__ import annotations

import math
from typing import Any

import attrs

import glassnet as gn
from glassnet_standalone.program import Value
from glassnet_standalone.rules import Place, rule


@rule("lstm")
def lstm(layer: Any, place: Place, x: Value) -> Value:
    return _recurrent(layer, place, x, ("bias",))


@rule("gru")
def gru(layer: Any, place: Place, x: Value) -> Value:
    return _recurrent(layer, place, x, ("bias", "recurrent_bias"))


def _recurrent(layer: Any, place: Place, x: Value, biases: tuple[str, ...]) -> Value:
    time, features = x.shape
    return place.call(
        layer.title(),
        layer,
        *_with_mask(layer, place, x),
        shape=layer.output_shape(x.shape),
        arrays=(place.matrix("weights"), place.matrix("recurrent_weights"), *(place.vector(name) for name in biases)),
        options={"return_sequences": True} if layer.return_sequences else {},
        sizes=(time, features, layer.units, int(layer.return_sequences)),
    )


@rule("self_attention")
def self_attention(layer: Any, place: Place, x: Value) -> Value:
    return place.call(
        "self_attention",
        layer,
        *_with_mask(layer, place, x),
        shape=x.shape,
        arrays=(
            place.matrix("weights"),
            place.vector("bias"),
            place.matrix("output_weights"),
            place.vector("output_bias"),
        ),
        options={"heads": layer.heads, "causal": layer.causal},
        sizes=(*x.shape, layer.heads, int(layer.causal)),
    )


@rule("masking")
def masking(layer: Any, place: Place, x: Value) -> Value:
    return attrs.evolve(x, mask=mask_of_steps(layer, place, x, layer.mask_value))


def mask_of_steps(layer: gn.Layer, place: Place, x: Value, value: float) -> Value:
    """Return which time steps have a feature other than `value`."""
    time = x.shape[0]
    features = math.prod(x.shape[1:])
    return place.call("any_is_not", layer, x, shape=(time,), options={"value": value}, sizes=(time, features, value))


def _with_mask(layer: Any, place: Place, x: Value) -> tuple[Value, ...]:
    """Return the inputs of a layer: with the mask, if the layer skips padded steps."""
    if not layer.mask:
        return (x,)
    if x.mask is None:
        raise gn.OptionError(
            f"layer {place.name}, {layer!r}, skips padding, and no mask of padded steps reaches it; "
            "put masking before this layer, or leave mask=True out"
        )
    return x, x.mask
