"""The arithmetic of a graph that depends on no sample: shapes, first states, constants."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

import glassnet as gn
from glassnet_onnx.library import onnx_library

# Stands for the number of samples: a prime, since no length of a layer should be equal to it.
BATCH = 97
# Files of a few bytes may ask for arrays of any size. This many numbers are made in any case.
_MOST = 2**22


class NotComputableError(Exception):
    """Nodes that ONNX' reference does not compute."""


def fold_numbers(model: Any) -> tuple[dict[str, gn.Array], dict[str, tuple[int, ...]]]:
    """Remove the nodes that depend on no sample from a model of ONNX, which is changed.

    Returns
    -------
    numbers, shapes
        The constants and results of the removed nodes by name, and the shapes of the other results, with `BATCH`
        samples.
    """
    onnx = onnx_library()
    helper = onnx.numpy_helper
    numbers = {each.name: helper.to_array(each) for each in model.graph.initializer}
    stored = sum(array.size for array in numbers.values())
    while True:
        shapes = _shapes(model)
        found: dict[str, gn.Array] = {}
        rest = []
        for node in model.graph.node:
            computed = _computed(node, numbers, shapes, model.opset_import, max(_MOST, 2 * stored))
            rest += [node] if computed is None else []
            found.update(computed or {})
            numbers.update(computed or {})
        if not found:
            return numbers, shapes
        del model.graph.node[:]
        model.graph.node.extend(rest)
        model.graph.initializer.extend(helper.from_array(array, name) for name, array in found.items())


def evaluated(nodes: list[Any], feeds: dict[str, gn.Array], outputs: list[str], versions: Any) -> list[gn.Array]:
    """Return the results of some nodes, computed by ONNX' own reference.

    Raises
    ------
    NotComputableError
        If the reference does not know a node, or its inputs do not fit.
    """
    onnx = onnx_library()
    described = [
        onnx.helper.make_tensor_value_info(name, onnx.helper.np_dtype_to_tensor_dtype(array.dtype), array.shape)
        for name, array in feeds.items()
    ]
    results = [onnx.helper.make_empty_tensor_value_info(name) for name in outputs]
    graph = onnx.helper.make_graph(nodes, "part", described, results)
    model = onnx.helper.make_model(graph, opset_imports=list(versions))
    from onnx.reference import ReferenceEvaluator

    try:
        made: Any = ReferenceEvaluator(model).run(outputs, feeds)
    except Exception as error:  # of many classes; nodes with other versions or types than it knows
        raise NotComputableError(str(error)) from error
    return [np.asarray(array) for array in made]


def _computed(
    node: Any, numbers: dict[str, gn.Array], shapes: dict[str, tuple[int, ...]], versions: Any, most: int
) -> dict[str, gn.Array] | None:
    """Return the results of a node; None if they depend on the samples, or their shapes are not known yet."""
    if node.op_type == "Shape" and node.input[0] in shapes:
        start, end = (next((a.i for a in node.attribute if a.name == name), None) for name in ("start", "end"))
        return {node.output[0]: np.array(shapes[node.input[0]][start:end], np.int64)}
    if not all(name in numbers for name in node.input if name):
        return None
    outputs = [name for name in node.output if name]
    if not all(name in shapes and math.prod(shapes[name]) <= most for name in outputs):
        return None
    feeds = {name: numbers[name] for name in node.input if name}
    try:
        return dict(zip(outputs, evaluated([node], feeds, outputs, versions), strict=True))
    except NotComputableError:
        return None


def _shapes(model: Any) -> dict[str, tuple[int, ...]]:
    """Return the shape of each result of which all lengths are known, with `BATCH` samples."""
    onnx = onnx_library()
    asked = onnx.ModelProto()
    asked.CopyFrom(model)
    del asked.graph.value_info[:]
    for each in asked.graph.output:
        each.type.tensor_type.ClearField("shape")
    constants = {each.name for each in asked.graph.initializer}
    for each in asked.graph.input:
        if each.name not in constants:
            each.type.tensor_type.shape.dim[0].dim_value = BATCH
    graph = onnx.shape_inference.infer_shapes(asked, data_prop=True).graph
    shapes = {}
    for each in (*graph.input, *graph.value_info, *graph.output):
        tensor = each.type.tensor_type
        if tensor.HasField("shape") and all(length.HasField("dim_value") for length in tensor.shape.dim):
            shapes[each.name] = tuple(length.dim_value for length in tensor.shape.dim)
    return shapes
