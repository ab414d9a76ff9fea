"""Layers of rows as calls of kernels: products, norms, shapes, and layers that hold layers."""

from __future__ import annotations

import math
from typing import Any

import attrs

import glassnet as gn
from glassnet_standalone.program import Value
from glassnet_standalone.rules import Place, rule, write, write_all


@rule("dense")
def dense(layer: Any, place: Place, x: Value) -> Value:
    features = x.shape[-1]
    return place.call(
        "dense",
        layer,
        x,
        shape=layer.output_shape(x.shape),
        arrays=(place.matrix("weights"), place.vector("bias")),
        sizes=(x.size // features, features, layer.units),
    )


@rule("linear", "dropout", "gaussian_noise")
def identity(layer: Any, place: Place, x: Value) -> Value:
    """Leave out what changes nothing in use."""
    return attrs.evolve(x, mask=None)


@rule("softmax", "log_softmax")
def of_rows(layer: Any, place: Place, x: Value) -> Value:
    return place.call(layer.title(), layer, x, shape=x.shape, sizes=_rows(x))


@rule("prelu")
def prelu(layer: Any, place: Place, x: Value) -> Value:
    return place.call("prelu", layer, x, shape=x.shape, arrays=(place.vector("slopes"),), sizes=_rows(x))


@rule("batch_norm")
def batch_norm(layer: Any, place: Place, x: Value) -> Value:
    names = ("scale", "shift", "running_mean", "running_variance")
    return _norm("batch_norm", layer, place, x, names)


@rule("layer_norm")
def layer_norm(layer: Any, place: Place, x: Value) -> Value:
    return _norm("layer_norm", layer, place, x, ("scale", "shift"))


@rule("flatten", "reshape")
def reshape(layer: Any, place: Place, x: Value) -> Value:
    return place.call("reshape", layer, x, shape=layer.output_shape(x.shape))


@rule("embedding")
def embedding(layer: Any, place: Place, x: Value) -> Value:
    y = place.call(
        "embedding",
        layer,
        x,
        shape=(*x.shape, layer.units),
        arrays=(place.matrix("weights"),),
        options={} if layer.padding is None else {"padding": layer.padding},
        sizes=(x.size, layer.vocabulary, layer.units, -1 if layer.padding is None else layer.padding),
    )
    if layer.padding is None:
        return y
    mask = place.call(
        "is_not", layer, x, shape=x.shape, options={"value": layer.padding}, sizes=(x.size, layer.padding)
    )
    return attrs.evolve(y, mask=mask)


@rule("sequential")
def sequential(layer: Any, place: Place, x: Value) -> Value:
    return write_all(layer.layers, lambda index: place.child(str(index)), x)


@rule("residual")
def residual(layer: Any, place: Place, x: Value) -> Value:
    change = sequential(layer, place, x)
    y = place.call("add", layer, x, change, shape=x.shape, sizes=(x.size,))
    return attrs.evolve(y, mask=merged(layer, place, [x.mask, change.mask]))


@rule("concat")
def concat(layer: Any, place: Place, x: Value) -> Value:
    branches = [write(each, place.child(str(index)), x) for index, each in enumerate(layer.layers)]
    shape = layer.output_shape(x.shape)
    rows = math.prod(shape[:-1])
    y = place.call("concat", layer, *branches, shape=shape, sizes=(rows, shape[-1]))
    return attrs.evolve(y, mask=merged(layer, place, [each.mask for each in branches]))


def merged(layer: gn.Layer, place: Place, masks: list[Value | None]) -> Value | None:
    """Return several masks in one, by the rules of `glassnet.merge_masks`."""
    known = list({mask.number: mask for mask in masks if mask is not None}.values())
    if len({mask.shape for mask in known}) != 1:
        return None
    whole = known[0]
    for mask in known[1:]:
        whole = place.call("both", layer, whole, mask, shape=whole.shape, sizes=(whole.size,))
    return whole


def _rows(x: Value) -> tuple[int, int]:
    """Return the number of rows of a sample, and the length of each."""
    return x.size // x.shape[-1], x.shape[-1]


def _norm(kernel: str, layer: Any, place: Place, x: Value, names: tuple[str, ...]) -> Value:
    return place.call(
        kernel,
        layer,
        x,
        shape=x.shape,
        arrays=tuple(place.vector(name) for name in names),
        options={"epsilon": layer.epsilon},
        sizes=(*_rows(x), layer.epsilon),
    )
