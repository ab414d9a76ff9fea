"""Nodes that work on images, which ONNX has with channels first."""

from __future__ import annotations

from typing import Any

import numpy as np

from glassnet_onnx.chain import Node
from glassnet_onnx.layers_read import ONE, NotExpressibleError, Reading
from glassnet_onnx.node_readers import reader

_FIRST = ("batch", "channels", "height", "width")


@reader("Conv")
def _conv2d(node: Node, reading: Reading) -> None:
    reading.check_axes(*_FIRST)
    weights = node.constants[0]
    if node.flowing != (0,) or weights is None or weights.ndim != 4:
        raise NotExpressibleError("its filters are not constants of two dimensions")
    filters, _, height, width = weights.shape
    options: dict[str, Any] = {
        "filters": filters,
        "kernel_size": _short([height, width]),
        "stride": _pair(node, "strides"),
    }
    options |= {"dilation": _pair(node, "dilations"), "padding": _padding(node)}
    options["groups"] = node.attributes.get("group", 1)
    bias = [each for each in node.constants[1:] if each is not None]
    reading.add("conv2d", options, weights=weights.transpose(2, 3, 1, 0), **({"bias": bias[0]} if bias else {}))


@reader("MaxPool", "AveragePool")
def _pool(node: Node, reading: Reading) -> None:
    reading.check_axes(*_FIRST)
    if node.attributes.get("ceil_mode") or set(node.attributes.get("dilations", [1])) != {1}:
        raise NotExpressibleError("it has ceil_mode or dilations")
    padding = _padding(node)
    if node.operator == "AveragePool" and node.attributes.get("count_include_pad") and padding != "valid":
        raise NotExpressibleError("it counts the added pixels")
    size = _short([*node.attributes["kernel_shape"]])
    name = "max_pool2d" if node.operator == "MaxPool" else "avg_pool2d"
    reading.add(name, {"size": size, "stride": _pair(node, "strides"), "padding": padding})


@reader("GlobalAveragePool")
def _global_pool(node: Node, reading: Reading) -> None:
    reading.check_axes(*_FIRST)
    reading.add("global_avg_pool2d")
    reading.axes = ["batch", "features", ONE, ONE]


@reader("ReduceMean")
def _mean(node: Node, reading: Reading) -> None:
    given = node.attributes.get("axes", node.constants[0] if node.constants else None)
    places = [] if given is None else [int(place) % len(reading.axes) for place in np.ravel(given)]
    if {reading.axes[place] for place in places} != {"height", "width"}:
        raise NotExpressibleError("it is not a mean over height and width")
    is_kept = node.attributes.get("keepdims", 1)
    kept = [ONE if place in places else axis for place, axis in enumerate(reading.axes)]
    left = kept if is_kept else [axis for axis in kept if axis != ONE]
    reading.add("global_avg_pool2d")
    reading.axes = ["features" if axis == "channels" else axis for axis in left]


def _pair(node: Node, name: str) -> int | list[int]:
    return _short([*node.attributes.get(name, [1, 1])])


def _short(pair: list[int]) -> int | list[int]:
    """Return the option for a pair: one number if both are equal."""
    return pair[0] if pair[0] == pair[1] else pair


def _padding(node: Node) -> str | int | list[int]:
    """Return a padding as an option: ``"same"``, or the same number of pixels on both sides of each axis."""
    word = node.attributes.get("auto_pad", b"NOTSET").decode()
    if word == "SAME_UPPER":
        return "same"
    top, left, bottom, right = node.attributes.get("pads", [0, 0, 0, 0])
    if word not in ("NOTSET", "VALID") or (top, left) != (bottom, right):
        raise NotExpressibleError("it pads its sides differently")
    return _short([top, left]) if top or left else "valid"
