"""Nodes of other frameworks as layers: a reader for each operator of rows, and the table of all readers."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

import glassnet as gn
from glassnet_onnx.chain import Node
from glassnet_onnx.layers_read import NotExpressibleError, Reading, ReadLayer

Reader = Callable[[Node, Reading], None]
READERS: dict[str, Reader] = {}
_PLAIN = {
    "Relu": "relu",
    "Tanh": "tanh",
    "Sigmoid": "sigmoid",
    "Mish": "mish",
    "Selu": "selu",
    "Softplus": "softplus",
}


def reader(*operators: str) -> Callable[[Reader], Reader]:
    """Return a decorator that makes a function the reader of operators."""

    def register(function: Reader) -> Reader:
        READERS.update(dict.fromkeys(operators, function))
        return function

    return register


@reader(*_PLAIN)
def _plain(node: Node, reading: Reading) -> None:
    reading.add(_PLAIN[node.operator])


@reader("Elu")
def _elu(node: Node, reading: Reading) -> None:
    reading.add("elu", {"alpha": _number(node, "alpha", 1.0)})


@reader("LeakyRelu")
def _leaky_relu(node: Node, reading: Reading) -> None:
    reading.add("leaky_relu", {"negative_slope": _number(node, "alpha", 0.01)})


@reader("Gelu")
def _gelu(node: Node, reading: Reading) -> None:
    reading.add("gelu", {"approximate": node.attributes.get("approximate", b"none").decode()})


@reader("PRelu")
def _prelu(node: Node, reading: Reading) -> None:
    reading.add("prelu", slopes=reading.per_feature(node.constants[0]))


@reader("Softmax", "LogSoftmax")
def _softmax(node: Node, reading: Reading) -> None:
    axis = node.attributes.get("axis", -1) % len(reading.axes)
    if axis != reading.feature_axis:
        raise NotExpressibleError(f"its axis is {axis}, and glassnet's is that of the features")
    reading.add("softmax" if node.operator == "Softmax" else "log_softmax")


@reader("Gemm", "MatMul")
def _dense(node: Node, reading: Reading) -> None:
    found = node.attributes
    if found.get("transA") or found.get("alpha", 1.0) != 1.0 or found.get("beta", 1.0) != 1.0:
        raise NotExpressibleError("it scales or transposes its input")
    weights = node.constants[0]
    if node.flowing != (0,) or weights is None or weights.ndim != 2 or reading.axes[-1] != "features":
        raise NotExpressibleError("it is not a product of features and a constant matrix")
    weights = weights.T if found.get("transB") else weights
    if reading.rows is not None:
        weights, reading.rows = weights[reading.rows], None
    bias = [each for each in node.constants[1:] if each is not None]
    # A bias of one number is for all units.
    arrays = {"bias": np.broadcast_to(bias[0].ravel(), weights.shape[1])} if bias else {}
    reading.add("dense", {"units": weights.shape[1]}, weights=weights, **arrays)


@reader("BatchNormalization")
def _batch_norm(node: Node, reading: Reading) -> None:
    names = ("scale", "shift", "running_mean", "running_variance")
    given = [each for each in node.constants if each is not None]
    if reading.feature_axis != 1 or len(given) < len(names):
        raise NotExpressibleError("its statistics are not constants, or not those of channels")
    arrays = {name: reading.ordered(array) for name, array in zip(names, given, strict=True)}
    reading.add("batch_norm", {"epsilon": _number(node, "epsilon", 1e-5)}, **arrays)


@reader("LayerNormalization")
def _layer_norm(node: Node, reading: Reading) -> None:
    last = len(reading.axes) - 1
    if node.attributes.get("axis", -1) % len(reading.axes) != last or reading.feature_axis != last:
        raise NotExpressibleError("it is not over the features")
    shift = node.constants[1] if len(node.constants) > 1 else np.zeros_like(node.constants[0])
    arrays = {"scale": reading.per_feature(node.constants[0]), "shift": reading.per_feature(shift)}
    reading.add("layer_norm", {"epsilon": _number(node, "epsilon", 1e-5)}, **arrays)


@reader("Add", "Sub", "Mul", "Div")
def _arithmetic(node: Node, reading: Reading) -> None:
    """Read a number for each feature: a bias, or a batch norm whose statistics the exporter has folded."""
    number = reading.per_feature(node.constants[0])
    if node.flowing == (1,) and node.operator in ("Sub", "Div"):
        raise NotExpressibleError("its first input is a constant")
    if node.operator in ("Sub", "Div"):
        number = -number if node.operator == "Sub" else 1 / number
    last = reading.last
    if last is None or last.name not in ("dense", "conv2d", "batch_norm") or reading.rows is not None:
        epsilon, size = 1e-5, len(number)
        zeros, ones = np.zeros(size, np.float32), np.ones(size, np.float32)
        statistics = {"running_mean": zeros, "running_variance": ones - np.float32(epsilon)}
        reading.add("batch_norm", {"epsilon": epsilon}, scale=ones, shift=zeros, **statistics)
        last = reading.layers[-1]
    _change(last, number, is_factor=node.operator in ("Mul", "Div"))


def _change(layer: ReadLayer, number: gn.Array, is_factor: bool) -> None:
    """Multiply the outputs of a layer by numbers, or add numbers to them."""
    factor, shift = ("scale", "shift") if layer.name == "batch_norm" else ("weights", "bias")
    before = layer.arrays.get(shift)
    if is_factor:
        layer.arrays[factor] = layer.arrays[factor] * number
        layer.arrays |= {} if before is None else {shift: before * number}
    else:
        layer.arrays[shift] = number if before is None else before + number


def _number(node: Node, name: str, default: float) -> float:
    """Return an attribute, a float32, with as few digits as tell it from others: 0.2 and not 0.20000000298."""
    return float(str(np.float32(node.attributes.get(name, default))))
