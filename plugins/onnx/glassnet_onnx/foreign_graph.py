"""Graphs of other frameworks as networks: layers in a row."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import glassnet as gn
from glassnet_onnx.chain import chain_of, input_of, unknown
from glassnet_onnx.node_readers import READERS, NotExpressibleError, Reading


def foreign_network(graph: Any, path: Path) -> gn.Network:
    """Return the network in a graph.

    Raises
    ------
    ModelFileError
        If a node has no counterpart, or the graph is not a chain.
    """
    reading = Reading()
    reading.shape, reading.channels_first = input_of(graph, path)
    input_shape = reading.shape
    for node in chain_of(graph, path):
        if node.operator not in READERS:
            raise gn.ModelFileError(unknown(node, path))
        try:
            READERS[node.operator](node, reading)
        except NotExpressibleError as error:
            raise gn.ModelFileError(f"{unknown(node, path)} ({error})") from None
    network = gn.Network(reading.layers).build(input_shape)
    for index, arrays in reading.arrays.items():
        for name, array in arrays.items():
            owner = network.parameters if f"{index}.{name}" in network.parameters else network.state[str(index)]
            owner[f"{index}.{name}" if owner is network.parameters else name] = array
    return network
