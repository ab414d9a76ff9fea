"""The layers of a network as a graph of TensorBoard."""

from __future__ import annotations

from typing import Any

import glassnet as gn


def graph_of(network: gn.Network) -> Any:
    """Return a ``GraphDef``: a node for each layer with its spec and output shape, and one for each parameter."""
    from tensorboardX.proto.graph_pb2 import GraphDef
    from tensorboardX.proto.versions_pb2 import VersionDef

    graph = GraphDef(versions=VersionDef(producer=22))
    before = _add(graph, "input", "Placeholder", [], shape=network.input_shape)
    for place, layer in enumerate(network.layers):
        scope = f"{place}_{layer.title()}"
        own = [
            _add(graph, f"{scope}/{name.partition('.')[2]}", "Parameter", [], shape=values.shape)
            for name, values in network.parameters.items()
            if name.partition(".")[0] == str(place)
        ]
        before = _add(graph, f"{scope}/{layer.title()}", layer.title(), [before, *own], spec=repr(layer))
    _add(graph, "output", "Identity", [before], shape=network.output_shape)
    return graph


def _add(graph: Any, name: str, operation: str, inputs: list[str], shape: gn.Shape = (), spec: str = "") -> str:
    """Add a node, and return its name."""
    from tensorboardX.proto.attr_value_pb2 import AttrValue
    from tensorboardX.proto.tensor_shape_pb2 import TensorShapeProto

    node = graph.node.add(name=name, op=operation, input=inputs)
    if spec:
        node.attr["spec"].CopyFrom(AttrValue(s=spec.encode()))
    if shape:
        sizes = TensorShapeProto(dim=[TensorShapeProto.Dim(size=size) for size in shape])
        node.attr["_output_shapes"].CopyFrom(AttrValue(list=AttrValue.ListValue(shape=[sizes])))
    return name
