"""Layers of images in ONNX, which has their channels first."""

from __future__ import annotations

from typing import Any

import attrs
import numpy as np

from glassnet_onnx.graph import Arrays, Graph, Value
from glassnet_onnx.rules import rule


@rule("conv2d")
def conv2d(layer: Any, graph: Graph, x: Value, arrays: Arrays) -> Value:
    filters = arrays.parameters["weights"].transpose(3, 2, 0, 1)
    inputs = [arrays.parameter(graph, "weights", filters)]
    if layer.bias:
        inputs.append(arrays.parameter(graph, "bias"))
    windows = layer.windows(x.shape)
    return _on_windows("Conv", layer, graph, x, inputs, dilations=_of_axes(windows, "dilation"), group=layer.groups)


@rule("max_pool2d")
def max_pool2d(layer: Any, graph: Graph, x: Value, arrays: Arrays) -> Value:
    return _on_windows("MaxPool", layer, graph, x, [])


@rule("avg_pool2d")
def avg_pool2d(layer: Any, graph: Graph, x: Value, arrays: Arrays) -> Value:
    return _on_windows("AveragePool", layer, graph, x, [], count_include_pad=0)


@rule("global_avg_pool2d")
def global_avg_pool2d(layer: Any, graph: Graph, x: Value, arrays: Arrays) -> Value:
    pooled = graph.node("GlobalAveragePool", [graph.first(x).name])
    axes = graph.number(np.array([2, 3]))
    return Value(graph.node("Squeeze", [pooled, axes]), layer.output_shape(x.shape))


def _on_windows(operator: str, layer: Any, graph: Graph, x: Value, inputs: list[str], **attributes: Any) -> Value:
    """Add an operator on windows. Its pads are numbers, so that every way of padding means the same elsewhere."""
    windows = layer.windows(x.shape)
    (top, bottom), (left, right) = windows.rows.around, windows.columns.around
    name = graph.node(
        operator,
        [graph.first(x).name, *inputs],
        kernel_shape=_of_axes(windows, "size"),
        strides=_of_axes(windows, "stride"),
        pads=[top, left, bottom, right],
        **attributes,
    )
    return attrs.evolve(x, name=name, shape=layer.output_shape(x.shape), channels_first=True)


def _of_axes(windows: Any, name: str) -> list[int]:
    return [getattr(windows.rows, name), getattr(windows.columns, name)]
