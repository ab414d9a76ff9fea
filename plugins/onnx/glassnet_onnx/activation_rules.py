"""Activations in ONNX."""

from __future__ import annotations

from typing import Any

import numpy as np

from glassnet_onnx.graph import Arrays, Graph, Value
from glassnet_onnx.rules import rule

# Klambauer et al. (2017): the two numbers of selu.
_SELU_ALPHA, _SELU_GAMMA = 1.6732632423543772, 1.0507009873554805


@rule("relu")
def relu(layer: Any, graph: Graph, x: Value, arrays: Arrays) -> Value:
    return graph.elementwise("Relu", x)


@rule("tanh")
def tanh(layer: Any, graph: Graph, x: Value, arrays: Arrays) -> Value:
    return graph.elementwise("Tanh", x)


@rule("sigmoid")
def sigmoid(layer: Any, graph: Graph, x: Value, arrays: Arrays) -> Value:
    return graph.elementwise("Sigmoid", x)


@rule("linear", "dropout", "gaussian_noise", "masking")
def identity(layer: Any, graph: Graph, x: Value, arrays: Arrays) -> Value:
    """Leave out what changes nothing in use. A mask is refused by the layers that would read it."""
    return x


@rule("elu")
def elu(layer: Any, graph: Graph, x: Value, arrays: Arrays) -> Value:
    return graph.elementwise("Elu", x, alpha=layer.alpha)


@rule("selu")
def selu(layer: Any, graph: Graph, x: Value, arrays: Arrays) -> Value:
    return graph.elementwise("Selu", x, alpha=_SELU_ALPHA, gamma=_SELU_GAMMA)


@rule("leaky_relu")
def leaky_relu(layer: Any, graph: Graph, x: Value, arrays: Arrays) -> Value:
    return graph.elementwise("LeakyRelu", x, alpha=layer.negative_slope)


@rule("gelu")
def gelu(layer: Any, graph: Graph, x: Value, arrays: Arrays) -> Value:
    return graph.elementwise("Gelu", x, approximate=layer.approximate)


@rule("mish")
def mish(layer: Any, graph: Graph, x: Value, arrays: Arrays) -> Value:
    return graph.elementwise("Mish", x)


@rule("silu")
def silu(layer: Any, graph: Graph, x: Value, arrays: Arrays) -> Value:
    return graph.elementwise("Mul", x, graph.node("Sigmoid", [x.name]))


@rule("softplus")
def softplus(layer: Any, graph: Graph, x: Value, arrays: Arrays) -> Value:
    if layer.beta == 1:
        return graph.elementwise("Softplus", x)
    beta = graph.number(np.float32(layer.beta))
    return graph.elementwise("Div", graph.elementwise("Softplus", graph.elementwise("Mul", x, beta)), beta)


@rule("softmax")
def softmax(layer: Any, graph: Graph, x: Value, arrays: Arrays) -> Value:
    return graph.elementwise("Softmax", graph.last(x), axis=-1)


@rule("log_softmax")
def log_softmax(layer: Any, graph: Graph, x: Value, arrays: Arrays) -> Value:
    return graph.elementwise("LogSoftmax", graph.last(x), axis=-1)


@rule("prelu")
def prelu(layer: Any, graph: Graph, x: Value, arrays: Arrays) -> Value:
    return graph.elementwise("PRelu", graph.last(x), arrays.parameter(graph, "slopes"))
