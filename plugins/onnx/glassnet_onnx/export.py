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
    """
    parameters = network.parameter_views if parameters is None else parameters
    state = network.state if state is None else state
    graph = Graph()
    x = Value("x", network.input_shape, integer=network.integer_input)
    if _reads_bytes(network):  # which stand for 0..1
        x = graph.elementwise("Cast", x, to=onnx_library().TensorProto.FLOAT)
        x = graph.elementwise("Mul", x, graph.number(np.float32(1 / 255)))

    def arrays(index: int) -> Arrays:
        key = str(index)
        return Arrays(key, parameters.get(key, {}), state.get(key, {}))

    return graph, graph.last(write_all(network.layers, graph, x, arrays))


def model_of(network: gn.Network, opset: int = OPSET) -> Any:
    """Return a network as a checked ``onnx.ModelProto``, in float32, with a free first axis.

    Parameters
    ----------
    network
        A network that is built.
    opset
        The version of ONNX' operators: 20, from which on all that is needed exists, or later.

    Raises
    ------
    OptionError
        If ONNX cannot express a layer, or the package onnx is not installed.
    """
    onnx = onnx_library()
    graph, output = graph_of(network)
    constants = [onnx.numpy_helper.from_array(_stored(array), name) for name, array in graph.constants.items()]
    names = [_described(onnx, "x", _input_type(network), network.input_shape)]
    outputs = [_described(onnx, "y", onnx.TensorProto.FLOAT, network.output_shape)]
    nodes = [*graph.nodes, onnx.helper.make_node("Identity", [output.name], ["y"])]
    proto = onnx.helper.make_graph(nodes, "network", names, outputs, initializer=constants)
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
