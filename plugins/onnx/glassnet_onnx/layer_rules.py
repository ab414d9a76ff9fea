"""Layers of rows in ONNX: products, norms, shapes, and layers that hold layers."""

from __future__ import annotations

from typing import Any

import attrs
import numpy as np

import glassnet as gn
from glassnet_onnx.graph import Arrays, Graph, Value
from glassnet_onnx.library import onnx_library
from glassnet_onnx.rules import rule, write, write_all


@rule("dense")
def dense(layer: Any, graph: Graph, x: Value, arrays: Arrays) -> Value:
    x = graph.last(x)
    inputs = [x.name, arrays.parameter(graph, "weights")]
    bias = [arrays.parameter(graph, "bias")] if layer.bias else []
    if len(x.shape) == 1:
        return Value(graph.node("Gemm", inputs + bias), layer.output_shape(x.shape))
    product = graph.node("MatMul", inputs)
    return Value(graph.node("Add", [product, *bias]) if bias else product, layer.output_shape(x.shape))


@rule("batch_norm")
def batch_norm(layer: Any, graph: Graph, x: Value, arrays: Arrays) -> Value:
    x = graph.first(x)
    numbers = [arrays.parameter(graph, name) for name in ("scale", "shift")]
    for name in ("running_mean", "running_variance"):
        numbers += [graph.constant(f"{arrays.place}.{name}", arrays.state[name])]
    return graph.elementwise("BatchNormalization", x, *numbers, epsilon=layer.epsilon)


@rule("layer_norm")
def layer_norm(layer: Any, graph: Graph, x: Value, arrays: Arrays) -> Value:
    numbers = [arrays.parameter(graph, name) for name in ("scale", "shift")]
    return graph.elementwise("LayerNormalization", graph.last(x), *numbers, axis=-1, epsilon=layer.epsilon)


@rule("flatten")
def flatten(layer: Any, graph: Graph, x: Value, arrays: Arrays) -> Value:
    return Value(graph.node("Flatten", [graph.last(x).name], axis=1), layer.output_shape(x.shape))


@rule("reshape")
def reshape(layer: Any, graph: Graph, x: Value, arrays: Arrays) -> Value:
    shape = layer.output_shape(x.shape)
    # A length of 0 is that of the input: the batch.
    return Value(graph.node("Reshape", [graph.last(x).name, graph.number(np.array([0, *shape]))]), shape)


@rule("embedding")
def embedding(layer: Any, graph: Graph, x: Value, arrays: Arrays) -> Value:
    weights = arrays.parameters["weights"]
    if layer.padding is not None:  # whose row is not read
        weights = weights.copy()
        weights[layer.padding] = 0
    indices = x.name if x.integer else graph.node("Cast", [x.name], to=onnx_library().TensorProto.INT64)
    rows = graph.node("Gather", [arrays.parameter(graph, "weights", weights), indices])
    return Value(rows, layer.output_shape(x.shape))


@rule("sequential")
def sequential(layer: Any, graph: Graph, x: Value, arrays: Arrays) -> Value:
    return write_all(layer.layers, graph, x, lambda index: arrays.child(str(index)))


@rule("residual")
def residual(layer: Any, graph: Graph, x: Value, arrays: Arrays) -> Value:
    change = sequential(layer, graph, x, arrays)
    if change.channels_first != x.channels_first:
        x, change = graph.last(x), graph.last(change)
    return graph.elementwise("Add", x, change.name)


@rule("concat")
def concat(layer: Any, graph: Graph, x: Value, arrays: Arrays) -> Value:
    branches = [graph.last(write(each, graph, x, arrays.child(str(index)))) for index, each in enumerate(layer.layers)]
    name = graph.node("Concat", [branch.name for branch in branches], axis=-1)
    return attrs.evolve(branches[0], name=name, shape=layer.output_shape(x.shape))


def refuse_mask(layer: gn.Layer, arrays: Arrays) -> None:
    """Raise `OptionError` if a layer skips padded steps."""
    if layer.reads_mask:
        raise gn.OptionError(
            f"layer {arrays.place}, {layer!r}, skips padded steps anywhere in a sequence, which ONNX cannot express; "
            "train the network without mask=True to export it"
        )
