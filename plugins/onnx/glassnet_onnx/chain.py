"""The nodes of a graph in a row: steps that take one array and give one array."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import attrs

import glassnet as gn
from glassnet_onnx.library import onnx_library
from glassnet_onnx.numbers import fold_numbers

# They change no number: types are those that glassnet computes with, and dropout is for training.
_COPIES = ("Cast", "Dropout", "Identity")


@attrs.frozen(eq=False)
class Node:
    """A node of the graph.

    Attributes
    ----------
    place
        Its place in the file, counted from 1.
    flowing
        The places of those inputs that depend on the samples.
    constants
        The other inputs: arrays, or None for one that is left out.
    output
        The place of the result that is used.
    proto
        The node as ONNX has it.
    """

    place: int
    name: str
    operator: str
    attributes: dict[str, Any]
    flowing: tuple[int, ...]
    constants: list[gn.Array | None]
    output: int
    proto: Any


@attrs.frozen(eq=False)
class Step:
    """Nodes between two places of a graph at which there is one array alone: mostly one node.

    Attributes
    ----------
    input, output
        The names of these arrays.
    shape
        The shape of the input, with `numbers.BATCH` samples.
    constants
        The constants that the nodes read, by name.
    versions
        The versions of the operators.
    """

    nodes: list[Node]
    input: str
    output: str
    shape: tuple[int, ...]
    constants: dict[str, gn.Array]
    versions: Any


def steps_of(model: Any, path: Path) -> list[Step]:
    """Return the steps of a model of ONNX in order; the model is changed.

    Raises
    ------
    ModelFileError
        If the graph has several outputs, or no array flows through it from the input to the output.
    """
    graph = model.graph
    places = {tuple(node.output): place for place, node in enumerate(graph.node, 1)}
    if len(graph.output) != 1:
        raise gn.ModelFileError(f"{path} has {len(graph.output)} outputs; glassnet reads networks of one output")
    numbers, shapes = fold_numbers(model)
    source = next(each for each in graph.input if each.name not in numbers)
    protos, names = _without_copies(graph.node, source.type.tensor_type.elem_type)
    target = names.get(graph.output[0].name, graph.output[0].name)
    used = _needed(protos, target)
    counts = Counter(each for proto in used for each in proto.input if each and each not in numbers)
    read = {*counts, target}
    nodes = [_node(proto, places[tuple(proto.output)], numbers, read) for proto in used]
    return [
        Step([*part], start, end, shapes.get(start, ()), _constants(part, numbers), model.opset_import)
        for part, start, end in _cut(nodes, counts, source.name, target, path)
    ]


def unknown(node: Node, path: Path) -> str:
    """Return the message that names a node without a layer."""
    return (
        f"{path}: node {node.place}, {node.name or node.proto.output[0]!r}, is a {node.operator}, which no layer of "
        "glassnet computes here; import networks of dense, convolutional, recurrent or embedding layers in a row"
    )


def _without_copies(protos: Any, element: int) -> tuple[list[Any], dict[str, str]]:
    """Return the nodes that do something, and the names that copies have the arrays of."""
    names: dict[str, str] = {}
    rest = []
    for proto in protos:
        for place, name in enumerate(proto.input):
            proto.input[place] = names.get(name, name)
        if proto.op_type in _COPIES and not _cuts_off(proto, element):
            names[proto.output[0]] = proto.input[0]
        else:
            rest.append(proto)
    return rest, names


def _cuts_off(proto: Any, element: int) -> bool:
    """Tell whether a node takes digits away from numbers; `element` is the type of the graph's input."""
    types = onnx_library().TensorProto
    integers = (types.INT32, types.INT64)
    kept = (types.FLOAT, types.DOUBLE, *(integers if element in integers else ()))
    return proto.op_type == "Cast" and not any(each.name == "to" and each.i in kept for each in proto.attribute)


def _needed(protos: list[Any], target: str) -> list[Any]:
    """Return the nodes that the output depends on."""
    wanted, needed = {target}, []
    for proto in reversed(protos):
        if wanted & {*proto.output}:
            wanted |= {name for name in proto.input if name}
            needed.append(proto)
    return needed[::-1]


def _node(proto: Any, place: int, numbers: dict[str, gn.Array], read: set[str]) -> Node:
    helper = onnx_library().helper
    flowing = tuple(place for place, name in enumerate(proto.input) if name and name not in numbers)
    others = [name for place, name in enumerate(proto.input) if place not in flowing]
    return Node(
        place,
        proto.name,
        proto.op_type,
        {each.name: helper.get_attribute_value(each) for each in proto.attribute},
        flowing,
        [numbers.get(name) for name in others],
        next((place for place, name in enumerate(proto.output) if name in read), 0),
        proto,
    )


def _constants(nodes: list[Node], numbers: dict[str, gn.Array]) -> dict[str, gn.Array]:
    return {name: numbers[name] for node in nodes for name in node.proto.input if name in numbers}


def _cut(
    nodes: list[Node], counts: Counter[str], name: str, target: str, path: Path
) -> Iterator[tuple[list[Node], str, str]]:
    """Yield the nodes between places at which one array is still to be read, with the names of these arrays."""
    left, part, start = {name: counts[name]}, [], name
    for node in nodes:
        part.append(node)
        for read in (node.proto.input[place] for place in node.flowing):
            left[read] -= 1
            if not left[read]:
                del left[read]
        left.update({output: counts[output] for output in node.proto.output if counts[output] or output == target})
        if len(left) == 1:
            (end,) = left
            yield part, start, end
            part, start = [], end
    if part or start != target:
        raise gn.ModelFileError(f"{path} has no layers in a row from its input to its output")
