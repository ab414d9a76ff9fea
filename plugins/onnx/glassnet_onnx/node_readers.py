"""Nodes of other frameworks as layers: a reader for each operator."""

from __future__ import annotations

from collections.abc import Callable

import attrs
import numpy as np

import glassnet as gn
from glassnet_onnx.chain import Node

_PLAIN = {
    "Relu": "relu",
    "Tanh": "tanh",
    "Sigmoid": "sigmoid",
    "Mish": "mish",
    "Selu": "selu",
}


@attrs.define
class Reading:
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
        (layer,) = gn.Network(spec).layers
        self.shape = layer.output_shape(self.shape)


class NotExpressibleError(Exception):
    """A node with attributes that no layer has."""


Reader = Callable[[Node, Reading], None]
READERS: dict[str, Reader] = {}


def reader(*operators: str) -> Callable[[Reader], Reader]:
    """Return a decorator that makes a function the reader of operators."""

    def register(function: Reader) -> Reader:
        READERS.update(dict.fromkeys(operators, function))
        return function

    return register


@reader("Identity", "Dropout")
def _nothing(node: Node, reading: Reading) -> None:
    pass


@reader(*_PLAIN)
def _plain(node: Node, reading: Reading) -> None:
    reading.add(_PLAIN[node.operator])


@reader("Elu", "LeakyRelu", "Softmax", "LogSoftmax", "Gelu", "Softplus")
def _activation(node: Node, reading: Reading) -> None:
    found = node.attributes
    if node.operator in ("Softmax", "LogSoftmax") and found.get("axis", -1) not in (-1, len(reading.shape)):
        raise NotExpressibleError(f"its axis is {found['axis']}, and glassnet's is the last")
    specs = {
        "Elu": f"elu(alpha={found.get('alpha', 1.0)!r})",
        "LeakyRelu": f"leaky_relu(negative_slope={found.get('alpha', 0.01)!r})",
        "Gelu": f"gelu(approximate={found.get('approximate', b'none').decode()!r})",
    }
    plain = {"Softmax": "softmax", "LogSoftmax": "log_softmax", "Softplus": "softplus"}
    reading.add(specs.get(node.operator) or plain[node.operator])


@reader("Gemm")
def _dense(node: Node, reading: Reading) -> None:
    found = node.attributes
    if found.get("transA") or found.get("alpha", 1.0) != 1.0 or found.get("beta", 1.0) != 1.0:
        raise NotExpressibleError("it scales or transposes its input")
    weights = node.constants[0]
    if weights is None or weights.ndim != 2:
        raise NotExpressibleError("its second factor is not a constant matrix")
    weights = weights.T if found.get("transB") else weights
    if reading.rows is not None:  # PyTorch flattens channels first
        weights = weights[reading.rows]
        reading.rows = None
    bias = _bias(node)
    reading.add(f"dense({weights.shape[1]}, bias={bool(bias)})", weights=weights, **bias)


@reader("Flatten", "Reshape")
def _flatten(node: Node, reading: Reading) -> None:
    size = int(np.prod(reading.shape))
    if node.operator == "Flatten":
        if node.attributes.get("axis", 1) != 1:
            raise NotExpressibleError("its axis is not 1")
    elif node.constants[0] is None or list(node.constants[0][1:]) not in ([size], [-1]):
        raise NotExpressibleError(f"it reshapes to {node.constants[0]}, which is not one row a sample")
    if reading.channels_first and len(reading.shape) == 3:
        places = np.arange(size).reshape(reading.shape[2], *reading.shape[:2])  # where each element is in the graph
        reading.rows = places.transpose(1, 2, 0).ravel()
        reading.channels_first = False
    if len(reading.shape) > 1:
        reading.add("flatten")


@reader("Conv")
def _conv2d(node: Node, reading: Reading) -> None:
    weights = node.constants[0]
    if weights is None or weights.ndim != 4 or not reading.channels_first:
        raise NotExpressibleError("it does not slide over images with channels first")
    filters, _, height, width = weights.shape
    bias = _bias(node)
    options = f"stride={_pair(node, 'strides')}, dilation={_pair(node, 'dilations')}, padding={_padding(node)}"
    group = node.attributes.get("group", 1)
    spec = f"conv2d({filters}, [{height}, {width}], {options}, groups={group}, bias={bool(bias)})"
    reading.add(spec, weights=weights.transpose(2, 3, 1, 0), **bias)


@reader("MaxPool", "AveragePool")
def _pool(node: Node, reading: Reading) -> None:
    if node.attributes.get("ceil_mode") or set(node.attributes.get("dilations", [1])) != {1}:
        raise NotExpressibleError("it has ceil_mode or dilations")
    padding = _padding(node)
    if node.operator == "AveragePool" and node.attributes.get("count_include_pad") and padding != "[0, 0]":
        raise NotExpressibleError("it counts the added pixels")
    name = "max_pool2d" if node.operator == "MaxPool" else "avg_pool2d"
    size = list(node.attributes["kernel_shape"])
    reading.add(f"{name}({size}, stride={_pair(node, 'strides')}, padding={padding})")


@reader("GlobalAveragePool")
def _global_pool(node: Node, reading: Reading) -> None:
    reading.add("global_avg_pool2d")
    reading.channels_first = False


@reader("BatchNormalization")
def _batch_norm(node: Node, reading: Reading) -> None:
    names = ("scale", "shift", "running_mean", "running_variance")
    arrays = {name: array for name, array in zip(names, node.constants, strict=True) if array is not None}
    if len(arrays) < len(names):
        raise NotExpressibleError("its statistics are not constants")
    reading.add(f"batch_norm(epsilon={node.attributes.get('epsilon', 1e-5)!r})", **arrays)


def _bias(node: Node) -> dict[str, gn.Array]:
    """Return the bias among the constants of a node, if it has one."""
    given = [each for each in node.constants[1:] if each is not None]
    return {"bias": given[0].ravel()} if given else {}


def _pair(node: Node, name: str) -> list[int]:
    return list(node.attributes.get(name, [1, 1]))


def _padding(node: Node) -> str:
    """Return a padding as an option: ``"same"``, or the same number of pixels on both sides of each axis."""
    word = node.attributes.get("auto_pad", b"NOTSET").decode()
    if word == "SAME_UPPER":
        return "'same'"
    top, left, bottom, right = node.attributes.get("pads", [0, 0, 0, 0])
    if word not in ("NOTSET", "VALID") or (top, left) != (bottom, right):
        raise NotExpressibleError("it pads its sides differently")
    return str([top, left])
