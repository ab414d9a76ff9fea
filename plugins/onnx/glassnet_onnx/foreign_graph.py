"""Graphs of other frameworks as networks: layers in a row."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

import glassnet as gn
from glassnet_onnx import image_readers, sequence_readers, shape_readers
from glassnet_onnx.chain import Node, Step, steps_of, unknown
from glassnet_onnx.layers_read import AXES, NotExpressibleError, Reading
from glassnet_onnx.node_readers import READERS
from glassnet_onnx.step_readers import read_step

# To import them is to register the readers in them.
MODULES = (image_readers, sequence_readers, shape_readers)


def foreign_network(model: Any, path: Path) -> gn.Network:
    """Return the network in a model of ONNX, which is changed.

    Raises
    ------
    ModelFileError
        If a node has no counterpart, or the layers are not in a row.
    """
    lengths = _lengths_of_sample(model.graph, path)
    steps = steps_of(model, path)
    reading = _beginning(lengths, steps)
    input_shape = reading.shape
    for step in steps:
        _read(step, reading, path)
    if reading.rows is not None and not np.array_equal(reading.rows, np.arange(len(reading.rows))):
        raise gn.ModelFileError(f"{path} ends with an image that is flattened with channels first; end it before")
    network = gn.Network([layer.spec for layer in reading.layers]).build(input_shape)
    for index, layer in enumerate(reading.layers):
        for name, array in layer.arrays.items():
            owner = network.parameters if f"{index}.{name}" in network.parameters else network.state[str(index)]
            owner[f"{index}.{name}" if owner is network.parameters else name] = array
    return network


def _read(step: Step, reading: Reading, path: Path) -> None:
    """Add the layer of a step."""
    node = _told(step)
    if len(step.nodes) > 1 or len(node.flowing) != 1:
        if not read_step(step, reading):
            raise gn.ModelFileError(unknown(node, path))
        return
    if node.operator not in READERS:
        raise gn.ModelFileError(unknown(node, path))
    try:
        READERS[node.operator](node, reading)
    except NotExpressibleError as error:
        raise gn.ModelFileError(f"{unknown(node, path)} ({error})") from None


def _told(step: Step) -> Node:
    """Return the node that messages name: one that no reader knows, or that joins two arrays."""
    nodes = [node for node in step.nodes if node.operator not in READERS or len(node.flowing) > 1]
    return (nodes or step.nodes)[0]


def _beginning(lengths: tuple[int, ...], steps: list[Step]) -> Reading:
    """Return the reading before the first layer. Images have channels first, unless the graph begins by that."""
    if len(lengths) != 3:
        return Reading(lengths, ["batch", *AXES[len(lengths)]])
    first = steps[0].nodes[0] if steps else None
    if first is not None and first.operator == "Transpose" and first.attributes.get("perm") == [0, 3, 1, 2]:
        return Reading(lengths, ["batch", *AXES[3]])
    return Reading((*lengths[1:], lengths[0]), ["batch", "channels", "height", "width"])


def _lengths_of_sample(graph: Any, path: Path) -> tuple[int, ...]:
    """Return the shape of one sample in the graph."""
    constants = {each.name for each in graph.initializer}
    inputs = [each for each in graph.input if each.name not in constants]
    if len(inputs) != 1:
        raise gn.ModelFileError(f"{path} has {len(inputs)} inputs; glassnet reads networks of one input")
    lengths = tuple(each.dim_value for each in inputs[0].type.tensor_type.shape.dim)[1:]
    if not 1 <= len(lengths) <= len(AXES) or min(lengths) < 1:
        raise gn.ModelFileError(
            f"{path} does not say the shape of a sample; export it with fixed lengths but the batch"
        )
    return lengths
