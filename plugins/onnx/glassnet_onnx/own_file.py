"""A file that glassnet wrote, as the network that it was: with all of its parameters, state and options."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

import glassnet as gn
from glassnet_autodiff.tree import named_leaves, tree_map
from glassnet_onnx.export import digest_of, graph_of
from glassnet_onnx.library import onnx_library
from glassnet_persistence.model_file import restore, tensors_of, unbuilt

_ADVICE = "take another copy, or export the network again"


def own_network(model: Any, described: dict[str, Any], path: Path) -> gn.Network:
    """Return the network in a model, which has the description that glassnet wrote into its metadata.

    Where each parameter is in the graph is found by writing the graph once more, with the number of each place
    in place of its value: the rules permute, join and split parameters, and do no arithmetic.

    Raises
    ------
    ModelFileError
        If the file is damaged, or needs what is not installed.
    """
    if described.get("digest") != digest_of(model, described):
        raise gn.ModelFileError(f"{path} is damaged: its contents do not match its digest; {_ADVICE}")
    network = unbuilt(described["described"], path)
    shape, dtype = tuple(described["described"]["input_shape"]), np.dtype(described["described"]["dtype"])
    numbers = {each.name: onnx_library().numpy_helper.to_array(each) for each in model.graph.initializer}
    # Before the parameters exist: a file of a few bytes may describe more than the memory holds.
    if network.layout_for(shape).size > sum(array.size for array in numbers.values()):
        raise gn.ModelFileError(f"{path} is damaged: its layers have more parameters than it holds; {_ADVICE}")
    network.allocate(shape, dtype)
    places = np.arange(1, network.flat_parameters.size + 1, dtype=np.float64)
    graph, _ = graph_of(network, network.layout.views(places), tree_map(np.zeros_like, network.state))
    network.flat_parameters[:] = 0
    for name, array in graph.constants.items():
        if array.dtype == places.dtype:
            is_place = array > 0
            network.flat_parameters[array[is_place].astype(int) - 1] = numbers[name][is_place]
    tensors = tensors_of(network)
    for name, values in named_leaves(described["state"]).items():
        tensors[f"state.{name}"] = np.array(values)
    for name, values in described["float64"].items():
        tensors[f"parameters.{name}"] = np.array(values)
    for name, array in described["preprocessing"].items():
        tensors[name] = np.array(array["values"], array["dtype"])
    return restore(described["described"], {name: array.copy() for name, array in tensors.items()}, path)
