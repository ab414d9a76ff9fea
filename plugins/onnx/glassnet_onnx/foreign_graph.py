"""Graphs of other frameworks as networks: dense, convolutional and recurrent ones, and embeddings."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import attrs
import numpy as np

import glassnet as gn
from glassnet_onnx.library import onnx_library

_GATES = {"LSTM": (0, 2, 3, 1), "GRU": (1, 0, 2)}
_PLAIN = {
    "Relu": "relu",
    "Tanh": "tanh",
    "Sigmoid": "sigmoid",
    "Mish": "mish",
    "Selu": "selu",
}


@attrs.define
class _Reading:
    """A chain of nodes that is read from its input to its output.

    Attributes
    ----------
    layers, arrays
        The specs of the layers so far, and the parameters and state of each by name.
    shape
        The shape of one sample after these layers, in glassnet's layout: channels last.
    channels_first
        Whether the graph has the array as ``(batch, channels, …)`` at this place.
    rows
        Of a flattened image: the places of its elements in the order of channels first.
    """

    layers: list[str] = attrs.field(factory=list)
    arrays: dict[int, dict[str, gn.Array]] = attrs.field(factory=dict)
    shape: tuple[int, ...] = ()
    channels_first: bool = False
    rows: gn.Array | None = None

    def add(self, spec: str, **arrays: gn.Array) -> None:
        """Add a layer with its arrays."""
        self.arrays[len(self.layers)] = arrays
        self.layers.append(spec)
        network = gn.Network(spec).build(self.shape)
        self.shape = network.output_shape


@attrs.frozen
class _Node:
    """A node with its attributes, and its inputs other than the one that flows: constants, or None."""

    name: str
    operator: str
    attributes: dict[str, Any]
    constants: list[gn.Array | None]
    output: str


def foreign_network(graph: Any, path: Path) -> gn.Network:
    """Return the network in a graph.

    Raises
    ------
    ModelFileError
        If a node has no counterpart, or the graph is not a chain.
    """
    reading = _Reading()
    reading.shape, reading.channels_first = _input_of(graph, path)
    input_shape = reading.shape
    for node in _joined(_chain(graph, path)):
        if node.operator not in READERS:
            raise gn.ModelFileError(_unknown(node, path))
        try:
            READERS[node.operator](node, reading)
        except _NotExpressible as error:
            raise gn.ModelFileError(f"{_unknown(node, path)} ({error})") from None
    network = gn.Network(reading.layers).build(input_shape)
    for index, arrays in reading.arrays.items():
        for name, array in arrays.items():
            owner = network.parameters if f"{index}.{name}" in network.parameters else network.state[str(index)]
            owner[f"{index}.{name}" if owner is network.parameters else name] = array
    return network


class _NotExpressible(Exception):
    """A node with attributes that no layer has."""


def _unknown(node: _Node, path: Path) -> str:
    return (
        f"{path}: node {node.name or node.output!r} is a {node.operator}, which no layer of glassnet computes; "
        "import networks of dense, convolutional, recurrent or embedding layers in a row"
    )


def _input_of(graph: Any, path: Path) -> tuple[tuple[int, ...], bool]:
    """Return the shape of one sample with channels last, and whether the graph has images with channels first."""
    constants = {each.name for each in graph.initializer}
    inputs = [each for each in graph.input if each.name not in constants]
    if len(inputs) != 1:
        raise gn.ModelFileError(f"{path} has {len(inputs)} inputs; glassnet reads networks of one input")
    lengths = [each.dim_value for each in inputs[0].type.tensor_type.shape.dim][1:]
    if not lengths or min(lengths) < 1:
        raise gn.ModelFileError(
            f"{path} does not say the shape of a sample; export it with fixed lengths but the batch"
        )
    if len(lengths) == 3:
        return (*lengths[1:], lengths[0]), True
    return tuple(lengths), False


def _chain(graph: Any, path: Path) -> list[_Node]:
    """Return the nodes in order, each with its attributes and constants."""
    helper = onnx_library().helper
    constants = {each.name: onnx_library().numpy_helper.to_array(each) for each in graph.initializer}
    nodes, flowing = [], {each.name for each in graph.input if each.name not in constants}
    for node in graph.node:
        attributes = {each.name: helper.get_attribute_value(each) for each in node.attribute}
        if node.op_type == "Constant":
            constants[node.output[0]] = onnx_library().numpy_helper.to_array(attributes["value"])
            continue
        if not any(name in flowing for name in node.input):  # it computes a shape of constants
            raise gn.ModelFileError(_unknown(_Node(node.name, node.op_type, attributes, [], node.output[0]), path))
        given = [constants.get(name) for name in node.input if name not in flowing]
        used = next((name for name in node.output if name), "")
        nodes.append(_Node(node.name, node.op_type, attributes, given, used))
        if sum(name in flowing for name in node.input) > 1:
            raise gn.ModelFileError(_unknown(nodes[-1], path))
        flowing = set(node.output)
    return nodes


def _joined(nodes: list[_Node]) -> list[_Node]:
    """Return the nodes with each product and the sum behind it as one Gemm."""
    joined: list[_Node] = []
    for node in nodes:
        before = joined[-1] if joined else None
        if node.operator == "Add" and before is not None and before.operator == "MatMul":
            joined[-1] = attrs.evolve(before, operator="Gemm", constants=[*before.constants, *node.constants])
        else:
            joined.append(node)
    return [attrs.evolve(each, operator="Gemm") if each.operator == "MatMul" else each for each in joined]


Reader = Callable[[_Node, _Reading], None]
READERS: dict[str, Reader] = {}


def reader(*operators: str) -> Callable[[Reader], Reader]:
    """Return a decorator that makes a function the reader of operators."""

    def register(function: Reader) -> Reader:
        READERS.update(dict.fromkeys(operators, function))
        return function

    return register


@reader("Identity", "Dropout")
def _nothing(node: _Node, reading: _Reading) -> None:
    pass


@reader(*_PLAIN)
def _plain(node: _Node, reading: _Reading) -> None:
    reading.add(_PLAIN[node.operator])


@reader("Elu", "LeakyRelu", "Softmax", "LogSoftmax", "Gelu", "Softplus")
def _activation(node: _Node, reading: _Reading) -> None:
    found = node.attributes
    if node.operator in ("Softmax", "LogSoftmax") and found.get("axis", -1) not in (-1, len(reading.shape)):
        raise _NotExpressible(f"its axis is {found['axis']}, and glassnet's is the last")
    specs = {
        "Elu": f"elu(alpha={found.get('alpha', 1.0)!r})",
        "LeakyRelu": f"leaky_relu(negative_slope={found.get('alpha', 0.01)!r})",
        "Gelu": f"gelu(approximate={found.get('approximate', b'none').decode()!r})",
    }
    plain = {"Softmax": "softmax", "LogSoftmax": "log_softmax", "Softplus": "softplus"}
    reading.add(specs.get(node.operator) or plain[node.operator])


@reader("Gemm")
def _dense(node: _Node, reading: _Reading) -> None:
    found = node.attributes
    if found.get("transA") or found.get("alpha", 1.0) != 1.0 or found.get("beta", 1.0) != 1.0:
        raise _NotExpressible("it scales or transposes its input")
    weights = node.constants[0]
    if weights is None or weights.ndim != 2:
        raise _NotExpressible("its second factor is not a constant matrix")
    weights = weights.T if found.get("transB") else weights
    if reading.rows is not None:  # PyTorch flattens channels first
        weights = weights[reading.rows]
        reading.rows = None
    bias = {"bias": np.ravel(node.constants[1])} if len(node.constants) > 1 else {}
    reading.add(f"dense({weights.shape[1]}, bias={bool(bias)})", weights=weights, **bias)


@reader("Flatten", "Reshape")
def _flatten(node: _Node, reading: _Reading) -> None:
    size = int(np.prod(reading.shape))
    if node.operator == "Flatten":
        if node.attributes.get("axis", 1) != 1:
            raise _NotExpressible("its axis is not 1")
    elif node.constants[0] is None or list(node.constants[0][1:]) not in ([size], [-1]):
        raise _NotExpressible(f"it reshapes to {node.constants[0]}, which is not one row a sample")
    if reading.channels_first and len(reading.shape) == 3:
        places = np.arange(size).reshape(reading.shape[2], *reading.shape[:2])  # where each element is in the graph
        reading.rows = places.transpose(1, 2, 0).ravel()
        reading.channels_first = False
    if len(reading.shape) > 1:
        reading.add("flatten")


@reader("Conv")
def _conv2d(node: _Node, reading: _Reading) -> None:
    weights = node.constants[0]
    if weights is None or weights.ndim != 4 or not reading.channels_first:
        raise _NotExpressible("it does not slide over images with channels first")
    filters, _, height, width = weights.shape
    bias = {"bias": node.constants[1]} if len(node.constants) > 1 and node.constants[1] is not None else {}
    options = f"stride={_pair(node, 'strides')}, dilation={_pair(node, 'dilations')}, padding={_padding(node)}"
    group = node.attributes.get("group", 1)
    spec = f"conv2d({filters}, [{height}, {width}], {options}, groups={group}, bias={bool(bias)})"
    reading.add(spec, weights=weights.transpose(2, 3, 1, 0), **bias)


@reader("MaxPool", "AveragePool")
def _pool(node: _Node, reading: _Reading) -> None:
    if node.attributes.get("ceil_mode") or set(node.attributes.get("dilations", [1])) != {1}:
        raise _NotExpressible("it has ceil_mode or dilations")
    padding = _padding(node)
    if node.operator == "AveragePool" and node.attributes.get("count_include_pad") and padding != "[0, 0]":
        raise _NotExpressible("it counts the added pixels")
    name = "max_pool2d" if node.operator == "MaxPool" else "avg_pool2d"
    size = list(node.attributes["kernel_shape"])
    reading.add(f"{name}({size}, stride={_pair(node, 'strides')}, padding={padding})")


@reader("GlobalAveragePool")
def _global_pool(node: _Node, reading: _Reading) -> None:
    reading.add("global_avg_pool2d")
    reading.channels_first = False


@reader("BatchNormalization")
def _batch_norm(node: _Node, reading: _Reading) -> None:
    scale, shift, mean, variance = node.constants
    assert scale is not None and shift is not None and mean is not None and variance is not None
    spec = f"batch_norm(epsilon={node.attributes.get('epsilon', 1e-5)!r})"
    reading.add(spec, scale=scale, shift=shift, running_mean=mean, running_variance=variance)


def _pair(node: _Node, name: str) -> list[int]:
    return list(node.attributes.get(name, [1, 1]))


def _padding(node: _Node) -> str:
    """Return a padding as an option: ``"same"``, or the same number of pixels on both sides of each axis."""
    word = node.attributes.get("auto_pad", b"NOTSET").decode()
    if word == "SAME_UPPER":
        return "'same'"
    top, left, bottom, right = node.attributes.get("pads", [0, 0, 0, 0])
    if word not in ("NOTSET", "VALID") or (top, left) != (bottom, right):
        raise _NotExpressible("it pads its sides differently")
    return str([top, left])
