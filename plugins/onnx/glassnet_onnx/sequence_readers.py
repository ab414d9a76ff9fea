"""Nodes that work on sequences: embeddings and recurrent layers, whose gates ONNX has in another order."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

import glassnet as gn
from glassnet_onnx.chain import Node
from glassnet_onnx.layers_read import ONE, NotExpressibleError, Reading
from glassnet_onnx.node_readers import reader

# The places of our gates among ONNX': i, f, g, o of i, o, f, c; and r, z, n of z, r, h.
_LSTM_GATES = (0, 2, 3, 1)
_GRU_GATES = (1, 0, 2)
_USUAL = {"activations", "activation_alpha", "activation_beta", "clip", "input_forget"}


@reader("Gather")
def _gather(node: Node, reading: Reading) -> None:
    if node.flowing == (1,):
        _embedding(node, reading)
    else:
        _last_step(node, reading)


def _embedding(node: Node, reading: Reading) -> None:
    table = node.constants[0]
    if table is None or table.ndim != 2 or node.attributes.get("axis", 0) != 0 or reading.layers:
        raise NotExpressibleError("it does not look up rows of a constant table by the input")
    reading.add("embedding", {"vocabulary": table.shape[0], "units": table.shape[1]}, weights=table)
    reading.axes = ["batch", "time", "features"]


def _last_step(node: Node, reading: Reading) -> None:
    """Read the choice of one element of an axis: the last step of a recurrent layer, or the only direction."""
    index = node.constants[0]
    if index is None or index.size != 1:
        raise NotExpressibleError("it chooses elements that depend on the samples, or several")
    axis = node.attributes.get("axis", 0) % len(reading.axes)
    size, place = reading.sizes[axis], int(index.ravel()[0])
    last = reading.last
    if reading.axes[axis] == "time" and place in (-1, size - 1) and last is not None and last.name in ("lstm", "gru"):
        last.options["return_sequences"] = False
        reading.shape = reading.shape[-1:]
    elif reading.axes[axis] != ONE:
        raise NotExpressibleError("it chooses other elements than the last step of a recurrent layer")
    kept = [ONE] if index.ndim else []
    reading.axes[axis : axis + 1] = kept


@reader("LSTM")
def _lstm(node: Node, reading: Reading) -> None:
    weights, recurrent, biases = _recurrent_arrays(node, reading, _LSTM_GATES)
    arrays = {"weights": weights, "recurrent_weights": recurrent, "bias": biases[0] + biases[1]}
    _add_recurrent("lstm", node, reading, arrays)


@reader("GRU")
def _gru(node: Node, reading: Reading) -> None:
    if not node.attributes.get("linear_before_reset"):
        raise NotExpressibleError("it resets before the product, and glassnet's gru behind it (linear_before_reset=1)")
    weights, recurrent, biases = _recurrent_arrays(node, reading, _GRU_GATES)
    units = len(recurrent)
    # The biases of both products are added, but for the new state, where one is reset.
    bias = biases[0] + np.concatenate([biases[1][: 2 * units], np.zeros(units, np.float32)])
    arrays = {"weights": weights, "recurrent_weights": recurrent, "bias": bias}
    _add_recurrent("gru", node, reading, {**arrays, "recurrent_bias": biases[1][2 * units :]})


def _recurrent_arrays(
    node: Node, reading: Reading, order: Sequence[int]
) -> tuple[gn.Array, gn.Array, tuple[gn.Array, gn.Array]]:
    """Return the weights, the recurrent weights and both biases of a node, with the gates in our order."""
    reading.check_axes("time", "batch", "features")
    found = node.attributes
    if found.get("direction", b"forward") != b"forward" or found.get("layout"):
        raise NotExpressibleError("it runs backward or in both directions")
    if any(found.get(name) for name in _USUAL):
        raise NotExpressibleError(f"it has {', '.join(name for name in _USUAL if found.get(name))}")
    weights, recurrent, *others = node.constants
    others += [None] * (5 - len(others))
    bias, lengths, *states = others
    if weights is None or recurrent is None or node.flowing != (0,):
        raise NotExpressibleError("its weights are not constants")
    if lengths is not None or any(each is not None and each.any() for each in states):
        raise NotExpressibleError("it has lengths of sequences, a first state that is not 0, or peepholes")
    bias = np.zeros(2 * weights.shape[1], np.float32) if bias is None else bias.ravel()
    return (
        _gates(weights[0].T, order),
        _gates(recurrent[0].T, order),
        (_gates(bias[: len(bias) // 2], order), _gates(bias[len(bias) // 2 :], order)),
    )


def _add_recurrent(name: str, node: Node, reading: Reading, arrays: dict[str, Any]) -> None:
    """Add a recurrent layer; the results of the node are all outputs, the last ones, and the last states."""
    if node.output > 1:
        raise NotExpressibleError("its last state is used")
    is_whole = node.output == 0
    reading.add(name, {"units": len(arrays["recurrent_weights"]), "return_sequences": is_whole}, **arrays)
    reading.axes = ["time", ONE, "batch", "features"] if is_whole else [ONE, "batch", "features"]


def _gates(array: gn.Array, order: Sequence[int]) -> gn.Array:
    """Return the blocks of the last axis in another order."""
    blocks = np.split(array, len(order), axis=-1)
    return np.concatenate([blocks[place] for place in order], axis=-1)
