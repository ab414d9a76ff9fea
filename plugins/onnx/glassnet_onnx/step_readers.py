"""Steps of several nodes: activations and recurrent layers that an exporter wrote as arithmetic.

What such a step computes is guessed from its constants, and the guess is compared with ONNX' own reference.
"""

from __future__ import annotations

from typing import Any

import numpy as np

import glassnet as gn
from glassnet_onnx.chain import Step
from glassnet_onnx.layers_read import Reading
from glassnet_onnx.numbers import NotComputableError, evaluated

_ACTIVATIONS: tuple[tuple[str, dict[str, Any]], ...] = (
    ("silu", {}),
    ("softplus", {}),
    ("gelu", {}),
    ("gelu", {"approximate": "tanh"}),
    ("mish", {}),
    ("elu", {}),
    ("selu", {}),
    ("leaky_relu", {}),
)
_SMALLEST, _LARGEST, _TOLERANCE = -8.0, 8.0, 1e-5
# The numbers of gates of recurrent layers, and the places of our gates among those of Keras.
_KERAS_GATES = {"lstm": (0, 1, 2, 3), "gru": (1, 0, 2)}


def read_step(step: Step, reading: Reading) -> bool:
    """Add the layer that some nodes compute together, and return whether there is one."""
    try:
        return _is_index(step, reading) or _unrolled(step, reading) or _activation(step, reading)
    except NotComputableError:
        return False


def _result(step: Step, x: gn.Array) -> gn.Array:
    return evaluated(
        [node.proto for node in step.nodes], {step.input: x, **step.constants}, [step.output], step.versions
    )[0]


def _is_index(step: Step, reading: Reading) -> bool:
    """Tell whether nodes leave the indices of an embedding as they are: Keras lets negative ones count from the end."""
    if reading.layers or not {node.operator for node in step.nodes} <= {"Less", "Add", "Where"}:
        return False
    x = np.arange(np.prod(step.shape), dtype=np.int64).reshape(step.shape)
    return np.array_equal(_result(step, x), x)


def _activation(step: Step, reading: Reading) -> bool:
    """Add an activation that has the same values as the nodes."""
    if any(array.size > 1 for array in step.constants.values()) or step.shape != tuple(reading.sizes):
        return False
    # Not the lengths of the graph, which may be large: an activation takes any. None is 1, so that a sum shows.
    shape = (7,) * (len(step.shape) - 1) + (11,)
    x = np.linspace(_SMALLEST, _LARGEST, int(np.prod(shape)), dtype=np.float32).reshape(shape)
    y = _result(step, x)
    for name, options in _ACTIVATIONS:
        expected = gn.create("activation", name).replace(**options).forward(x)
        if y.shape == expected.shape and np.allclose(y, expected, rtol=_TOLERANCE, atol=_TOLERANCE):
            reading.add(name, options)
            return True
    return False


def _unrolled(step: Step, reading: Reading) -> bool:
    """Add a recurrent layer whose steps Keras wrote one by one, behind the product of its inputs."""
    last = reading.last
    if last is None or last.name != "dense" or reading.axes != ["time", "batch", "features"]:
        return False
    size = reading.shape[-1]
    for name, gates in _KERAS_GATES.items():
        units = size // len(gates)
        found = [array for array in step.constants.values() if array.shape == (units, size)]
        if units * len(gates) != size or not found:
            continue
        biases = [array for array in step.constants.values() if array.shape == (size,)]
        y = _result(step, _sequences(step.shape))
        arrays = _arrays(name, found[0], biases)
        is_whole = y.ndim == 3
        if _is_computed_by(name, arrays, y, step.shape, is_whole):
            _replace_product(name, arrays, reading, is_whole)
            return True
    return False


def _sequences(shape: tuple[int, ...]) -> gn.Array:
    """Return samples for a comparison, in the range of the gates."""
    return np.random.default_rng(0).normal(size=shape).astype(np.float32)


def _arrays(name: str, recurrent: gn.Array, biases: list[gn.Array]) -> dict[str, gn.Array]:
    """Return the parameters of the layer behind the product of its inputs, in our order of the gates."""
    order = _KERAS_GATES[name]
    arrays = {"recurrent_weights": _ordered(recurrent, order)}
    if name == "gru":
        second = _ordered(biases[0], order) if biases else np.zeros(recurrent.shape[1], np.float32)
        units = len(recurrent)
        arrays["bias"] = np.concatenate([second[: 2 * units], np.zeros(units, np.float32)])
        arrays["recurrent_bias"] = second[2 * units :]
    return arrays


def _is_computed_by(
    name: str, arrays: dict[str, gn.Array], y: gn.Array, shape: tuple[int, ...], is_whole: bool
) -> bool:
    """Compare a layer with a result of the nodes: its inputs are the products themselves."""
    order, units = _KERAS_GATES[name], len(arrays["recurrent_weights"])
    network = gn.Network([f"{name}({units}, return_sequences={is_whole})"]).build((shape[0], shape[2]))
    given = {"weights": _ordered(np.eye(shape[2], dtype=np.float32), order), "bias": np.zeros(shape[2]), **arrays}
    for key, array in given.items():
        network.parameters[f"0.{key}"] = array
    expected = network.predict(_sequences(shape).transpose(1, 0, 2))
    expected = expected.transpose(1, 0, 2) if is_whole else expected
    return expected.shape == y.shape and np.allclose(y, expected, rtol=_TOLERANCE, atol=_TOLERANCE)


def _replace_product(name: str, arrays: dict[str, gn.Array], reading: Reading, is_whole: bool) -> None:
    """Replace the product of the inputs by the recurrent layer."""
    product, order = reading.layers.pop(), _KERAS_GATES[name]
    weights = product.arrays["weights"]
    first = _ordered(product.arrays.get("bias", np.zeros(weights.shape[1], np.float32)), order)
    bias = first + arrays.get("bias", np.zeros_like(first))
    reading.shape = (reading.shape[0], len(weights))
    options = {"units": len(arrays["recurrent_weights"]), "return_sequences": is_whole}
    reading.add(name, options, weights=_ordered(weights, order), **{**arrays, "bias": bias})
    reading.axes = ["time", "batch", "features"] if is_whole else ["batch", "features"]


def _ordered(array: gn.Array, order: tuple[int, ...]) -> gn.Array:
    blocks = np.split(array, len(order), axis=-1)
    return np.concatenate([blocks[place] for place in order], axis=-1)
