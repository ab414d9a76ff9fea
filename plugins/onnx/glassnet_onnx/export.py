"""A network as a graph of ONNX, with what it takes to make the network again in its metadata."""

from __future__ import annotations

import json
from typing import Any
from zlib import crc32

import numpy as np

import glassnet as gn
from glassnet_autodiff.tree import tree_map
from glassnet_onnx import activation_rules, image_rules, layer_rules, sequence_rules
from glassnet_onnx.graph import Arrays, Graph, Value
from glassnet_onnx.library import onnx_library
from glassnet_onnx.rules import write_all
from glassnet_onnx.table_graph import TableGraph, table_graph
from glassnet_persistence.model_file import describe
from glassnet_persistence.saved_preprocessing import preprocessing_arrays

# Read by the browser's runtime too; operators of later versions are not needed.
OPSET = 21
KEY = "glassnet"
# Modules of rules: to import them is to register them.
RULES = (activation_rules, image_rules, layer_rules, sequence_rules)


def graph_of(network: gn.Network, parameters: Any = None, state: Any = None) -> tuple[Graph, Value]:
    """Return the nodes and constants of a network, and its output.

    Parameters
    ----------
    network
        A network that is built.
    parameters, state
        Arrays to write in place of the network's own, nested like these.

    Raises
    ------
    NotBuiltError
        If the network has no parameters.
    """
    shape = network.input_shape  # of a network that is not built there is none, which is an error
    parameters = network.parameter_views if parameters is None else parameters
    state = network.state if state is None else state
    graph = Graph()
    x = Value("x", shape, integer=network.integer_input)
    if _reads_bytes(network):  # which stand for 0..1
        x = graph.elementwise("Cast", x, to=onnx_library().TensorProto.FLOAT)
        x = graph.elementwise("Mul", x, graph.number(np.float32(1 / 255)))

    def arrays(index: int) -> Arrays:
        key = str(index)
        return Arrays(key, parameters.get(key, {}), state.get(key, {}))

    return graph, graph.last(write_all(network.layers, graph, x, arrays))


def model_of(network: gn.Network, opset: int = OPSET, *, takes_columns: bool = True) -> Any:
    """Return a network as a checked ``onnx.ModelProto``, in float32, with a free first axis.

    Parameters
    ----------
    network
        A network that is built.
    opset
        The version of ONNX' operators: 20, from which on all that is needed exists, or later.
    takes_columns
        Whether the graph of a network for a table begins by the table's columns, and not by the prepared rows.

    Raises
    ------
    OptionError
        If ONNX cannot express a layer or a transform of the columns, or the package onnx is not installed.
    """
    onnx = onnx_library()
    proto = _proto(network, table_of(network) if takes_columns else None)
    versions = [onnx.helper.make_opsetid("", opset)]
    model = onnx.helper.make_model(
        proto,
        opset_imports=versions,
        ir_version=onnx.helper.find_min_ir_version_for(versions),
        producer_name="glassnet",
        producer_version=gn.__version__,
        doc_string=str(gn.Network(network.layers)),
    )
    described: dict[str, Any] = {
        "described": describe(network),
        "state": tree_map(np.ndarray.tolist, network.state),
        "float64": {name: array.tolist() for name, array in network.parameters.items() if array.dtype == np.float64},
        "preprocessing": {
            name: {"dtype": array.dtype.name, "values": array.tolist()}
            for name, array in preprocessing_arrays(network).items()
        },
    }
    described["digest"] = digest_of(model, described)
    onnx.helper.set_model_props(model, {KEY: json.dumps(described, sort_keys=True)})
    onnx.checker.check_model(model, full_check=True)
    return model


def _proto(network: gn.Network, table: TableGraph | None) -> Any:
    """Return the graph of a network, with what is done to the rows of a table."""
    onnx = onnx_library()
    graph, output = graph_of(network)
    constants = [onnx.numpy_helper.from_array(_stored(array), name) for name, array in graph.constants.items()]
    inputs = [_described(onnx, "x", _input_type(network), network.input_shape)]
    outputs = [_described(onnx, "y", onnx.TensorProto.FLOAT, network.output_shape)]
    nodes = [*graph.nodes, onnx.helper.make_node("Identity", [output.name], ["y"])]
    if table is not None:
        inputs, answer = _columns(onnx, table)
        outputs = [*outputs, answer]
        nodes = [*table.before.nodes, *nodes, *table.behind.nodes]
        numbers = {**table.before.constants, **table.behind.constants}
        constants += [onnx.numpy_helper.from_array(array, name) for name, array in numbers.items()]
    return onnx.helper.make_graph(nodes, "network", inputs, outputs, initializer=constants)


def table_of(network: gn.Network) -> TableGraph | None:
    """Return what the graph does to rows of a table; None if the network takes none.

    Raises
    ------
    OptionError
        If ONNX cannot express a transform.
    """
    if getattr(network.preprocessing, "name", None) != "table":
        return None
    graph, _ = graph_of(network)
    names = {name for node in graph.nodes for name in node.output}
    return table_graph(
        network.preprocessing, network.output_shape[-1], {"x", "y", "prediction", *names, *graph.constants}
    )


def _columns(onnx: Any, table: TableGraph) -> tuple[list[Any], Any]:
    """Return the inputs of a graph that takes the columns of a table, and the output with its answers."""
    types = onnx.TensorProto
    inputs = [
        _described(onnx, name, types.STRING if is_text else types.DOUBLE, (1,))
        for name, is_text in table.columns.items()
    ]
    return inputs, _described(onnx, "prediction", types.STRING if table.has_names else types.DOUBLE, ())


def digest_of(model: Any, described: dict[str, Any]) -> str:
    """Return the CRC-32 of the graph and of what is said beside it, which tells damage and not forgery."""
    content = {name: value for name, value in described.items() if name != "digest"}
    graph = crc32(model.graph.SerializeToString(deterministic=True))
    return f"{crc32(json.dumps(content, sort_keys=True).encode(), graph):08x}"


def _described(onnx: Any, name: str, element: int, shape: gn.Shape) -> Any:
    return onnx.helper.make_tensor_value_info(name, element, ["batch", *shape])


def _stored(array: gn.Array) -> gn.Array:
    """Return an array as the file holds it: float32, or int64 for shapes and axes."""
    return np.ascontiguousarray(array, np.float32 if array.dtype.kind == "f" else np.int64).reshape(array.shape)


def _input_type(network: gn.Network) -> int:
    types = onnx_library().TensorProto
    if _reads_bytes(network):
        return int(types.UINT8)
    return int(types.INT64 if network.integer_input else types.FLOAT)


def _reads_bytes(network: gn.Network) -> bool:
    """Tell whether the network was trained on pixels from 0 to 255."""
    inputs = network.inputs
    return inputs is not None and inputs.dtype == "uint8" and bool(inputs.pixels)
