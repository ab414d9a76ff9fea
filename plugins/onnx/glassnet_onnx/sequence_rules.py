"""Layers of sequences in ONNX, whose recurrent operators have time first and their gates in another order."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np

import glassnet as gn
from glassnet_onnx.graph import Arrays, Graph, Value
from glassnet_onnx.layer_rules import refuse_mask
from glassnet_onnx.rules import rule

# The places of ONNX' gates among ours: i, o, f, c of i, f, g, o; and z, r, h of r, z, n.
_LSTM_GATES = (0, 3, 1, 2)
_GRU_GATES = (1, 0, 2)


@rule("lstm")
def lstm(layer: Any, graph: Graph, x: Value, arrays: Arrays) -> Value:
    bias = _gates(arrays.parameters["bias"], _LSTM_GATES)
    biases = np.concatenate([bias, np.zeros_like(bias)])
    return _recurrent("LSTM", layer, graph, x, arrays, _LSTM_GATES, biases, outputs=3)


@rule("gru")
def gru(layer: Any, graph: Graph, x: Value, arrays: Arrays) -> Value:
    bias, recurrent_bias = _gates(arrays.parameters["bias"], _GRU_GATES), arrays.parameters["recurrent_bias"]
    biases = np.concatenate([bias, np.zeros(2 * layer.units, bias.dtype), recurrent_bias])
    return _recurrent("GRU", layer, graph, x, arrays, _GRU_GATES, biases, outputs=2, linear_before_reset=1)


def _recurrent(
    operator: str,
    layer: Any,
    graph: Graph,
    x: Value,
    arrays: Arrays,
    order: Sequence[int],
    biases: gn.Array,
    outputs: int,
    **attributes: Any,
) -> Value:
    """Add a recurrent operator: its results are all outputs ``(time, 1, batch, units)``, and the last ones."""
    refuse_mask(layer, arrays)
    inputs = [graph.node("Transpose", [graph.last(x).name], perm=[1, 0, 2])]
    for name in ("weights", "recurrent_weights"):
        inputs += [arrays.parameter(graph, name, _gates(arrays.parameters[name], order).T[np.newaxis])]
    inputs.append(graph.constant(f"{arrays.place}.bias", biases[np.newaxis]))
    used = 0 if layer.return_sequences else 1
    y = graph.node(operator, inputs, outputs, used, hidden_size=layer.units, **attributes)
    y = graph.node("Squeeze", [y, graph.number(np.array([1 - used]))])
    if layer.return_sequences:
        y = graph.node("Transpose", [y], perm=[1, 0, 2])
    return Value(y, layer.output_shape(x.shape))


def _gates(array: gn.Array, order: Sequence[int]) -> gn.Array:
    """Return the blocks of the last axis in another order."""
    blocks = np.split(array, len(order), axis=-1)
    return np.concatenate([blocks[place] for place in order], axis=-1)


@rule("self_attention")
def self_attention(layer: Any, graph: Graph, x: Value, arrays: Arrays) -> Value:
    """Write attention as products and a softmax, which all versions have: Vaswani et al. (2017), section 3.2."""
    refuse_mask(layer, arrays)
    x = graph.last(x)
    time, features = x.shape
    q, k, v = (_projected(layer, graph, x, arrays, place) for place in range(3))
    scores = graph.node("MatMul", [_heads(layer, graph, q, x), _heads(layer, graph, k, x, transposed=True)])
    scale = graph.number(np.float32(1 / math.sqrt(features // layer.heads)))
    scores = graph.node("Mul", [scores, scale])
    if layer.causal:
        later = np.where(np.tri(time, dtype=bool), 0, -np.inf).astype(np.float32)
        scores = graph.node("Add", [scores, graph.number(later)])
    attention = graph.node("Softmax", [scores], axis=-1)
    mixed = graph.node("MatMul", [attention, _heads(layer, graph, v, x)])
    mixed = graph.node("Transpose", [mixed], perm=[0, 2, 1, 3])
    joined = graph.node("Reshape", [mixed, graph.number(np.array([0, time, features]))])
    y = graph.node("MatMul", [joined, arrays.parameter(graph, "output_weights")])
    if layer.bias:
        y = graph.node("Add", [y, arrays.parameter(graph, "output_bias")])
    return Value(y, x.shape)


def _projected(layer: Any, graph: Graph, x: Value, arrays: Arrays, place: int) -> str:
    """Return queries, keys or values."""
    word = ("query", "key", "value")[place]
    weights = np.split(arrays.parameters["weights"], 3, axis=1)[place]
    y = graph.node("MatMul", [x.name, graph.constant(f"{arrays.place}.weights.{word}", weights)])
    if not layer.bias:
        return y
    bias = np.split(arrays.parameters["bias"], 3)[place]
    return graph.node("Add", [y, graph.constant(f"{arrays.place}.bias.{word}", bias)])


def _heads(layer: Any, graph: Graph, name: str, x: Value, *, transposed: bool = False) -> str:
    """Return an array as ``(batch, heads, time, features of a head)``, or with the last two axes changed."""
    time, features = x.shape
    shape = graph.number(np.array([0, time, layer.heads, features // layer.heads]))
    return graph.node(
        "Transpose", [graph.node("Reshape", [name, shape])], perm=[0, 2, 3, 1] if transposed else [0, 2, 1, 3]
    )
