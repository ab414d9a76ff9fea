"""The nodes of a graph in a row, each with its constants."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import attrs

import glassnet as gn
from glassnet_onnx.library import onnx_library


@attrs.frozen
class Node:
    """A node with its attributes, and its inputs other than the one that flows: constants, or None."""

    name: str
    operator: str
    attributes: dict[str, Any]
    constants: list[gn.Array | None]
    output: str


def chain_of(graph: Any, path: Path) -> list[Node]:
    """Return the nodes of a graph in order, with a product and the sum behind it as one ``Gemm``.

    Raises
    ------
    ModelFileError
        If the graph is not a chain.
    """
    return _joined(_nodes(graph, path))


def unknown(node: Node, path: Path) -> str:
    """Return the message that names a node without a layer."""
    return (
        f"{path}: node {node.name or node.output!r} is a {node.operator}, which no layer of glassnet computes; "
        "import networks of dense, convolutional, recurrent or embedding layers in a row"
    )


def input_of(graph: Any, path: Path) -> tuple[tuple[int, ...], bool]:
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


def _nodes(graph: Any, path: Path) -> list[Node]:
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
            raise gn.ModelFileError(unknown(Node(node.name, node.op_type, attributes, [], node.output[0]), path))
        given = [constants.get(name) for name in node.input if name not in flowing]
        used = next((name for name in node.output if name), "")
        nodes.append(Node(node.name, node.op_type, attributes, given, used))
        if sum(name in flowing for name in node.input) > 1:
            raise gn.ModelFileError(unknown(nodes[-1], path))
        flowing = set(node.output)
    return nodes


def _joined(nodes: list[Node]) -> list[Node]:
    """Return the nodes with each product and the sum behind it as one Gemm."""
    joined: list[Node] = []
    for node in nodes:
        before = joined[-1] if joined else None
        if node.operator == "Add" and before is not None and before.operator == "MatMul":
            joined[-1] = attrs.evolve(before, operator="Gemm", constants=[*before.constants, *node.constants])
        else:
            joined.append(node)
    return [attrs.evolve(each, operator="Gemm") if each.operator == "MatMul" else each for each in joined]
