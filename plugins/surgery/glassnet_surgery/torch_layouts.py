"""The arrays of a PyTorch ``state_dict`` in our layout: transposed, renamed, and for images in our order of axes."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

import glassnet as gn
from glassnet.model.sequential import Held

Arrays = dict[str, gn.Array]


def is_state_dict(source: Mapping[str, Any]) -> bool:
    """Tell whether a mapping holds tensors of PyTorch."""
    return any(type(value).__module__.partition(".")[0] == "torch" for value in source.values())


def of_state_dict(network: gn.Network, source: Mapping[str, Any], *, strict: bool) -> Arrays:
    """Return the arrays of a state_dict under the names of a network's parameters and state.

    The first layer with arrays is the first module with arrays, and so on.

    Raises
    ------
    ShapeError
        If the layers are not of the same kinds in the same order, or of another number and `strict` is true.
    """
    modules, layers = _modules(source), _layers(network)
    if strict and len(modules) != len(layers):
        raise gn.ShapeError(
            f"the state_dict has {len(modules)} modules with arrays ({', '.join(modules) or 'none'}), and the network "
            f"has {len(layers)} such layers ({', '.join(layers)}); pass strict=False for the first ones alone"
        )
    found: Arrays = {}
    for (module, tensors), (place, layer) in zip(modules.items(), layers.items(), strict=False):
        layout = _LAYOUTS.get(layer.title(), dict)
        try:
            arrays = layout(tensors)
        except KeyError as error:
            raise gn.ShapeError(
                f"the module {module!r} has {', '.join(tensors)} and not {error.args[0]!r}, so it is not like layer "
                f"{place} {layer!r}; give both the same layers in the same order"
            ) from None
        if "slopes" in arrays and arrays["slopes"].size == 1:  # PyTorch may have one slope for all channels
            arrays["slopes"] = np.full(network.parameters[f"{place}.slopes"].shape, arrays["slopes"])
        if (image := _image_before(network, place)) is not None:
            arrays = {name: _image_last(array, image) if name != "bias" else array for name, array in arrays.items()}
        found |= {f"{place}.{name}": array for name, array in arrays.items()}
    return found


def _modules(source: Mapping[str, Any]) -> dict[str, Arrays]:
    """Return the tensors of each module as arrays by name, in their order; an attention is one module."""
    modules: dict[str, Arrays] = {}
    for name, tensor in source.items():
        module, _, own = name.rpartition(".")
        if module.rpartition(".")[2] == "out_proj":
            module, own = module.rpartition(".")[0], f"out_proj.{own}"
        if own != "num_batches_tracked":
            modules.setdefault(module, {})[own] = np.asarray(tensor.detach().cpu())
    return modules


def _layers(network: gn.Network) -> dict[str, gn.Layer]:
    """Return the innermost layers that have parameters, by place."""
    found: dict[str, Any] = {}

    def visit(branch: Mapping[str, Any], place: str) -> None:
        for name, below in branch.items():
            if isinstance(below, Mapping):
                visit(below, f"{place}.{name}" if place else name)
            elif isinstance(branch, Held):
                found[place] = branch.owner

    visit(network.sequence.parameters(network.input_shape), "")
    return found


def _linear(tensors: Arrays) -> Arrays:
    return {"weights": tensors["weight"].T, **_renamed(tensors, bias="bias")}


def _conv2d(tensors: Arrays) -> Arrays:
    # PyTorch: (out, in, height, width); here: (height, width, in, out).
    return {"weights": tensors["weight"].transpose(2, 3, 1, 0), **_renamed(tensors, bias="bias")}


def _norm(tensors: Arrays) -> Arrays:
    return {
        "scale": tensors["weight"],
        **_renamed(tensors, bias="shift", running_mean="running_mean", running_var="running_variance"),
    }


def _lstm(tensors: Arrays) -> Arrays:
    return {
        "weights": tensors["weight_ih_l0"].T,
        "recurrent_weights": tensors["weight_hh_l0"].T,
        "bias": tensors["bias_ih_l0"] + tensors["bias_hh_l0"],
    }


def _gru(tensors: Arrays) -> Arrays:
    # The candidate's second bias is inside of the reset gate's product, so it cannot be added to the first.
    units = tensors["weight_hh_l0"].shape[1]
    second = tensors["bias_hh_l0"]
    return {
        "weights": tensors["weight_ih_l0"].T,
        "recurrent_weights": tensors["weight_hh_l0"].T,
        "bias": tensors["bias_ih_l0"] + np.concatenate([second[: 2 * units], np.zeros_like(second[2 * units :])]),
        "recurrent_bias": second[2 * units :],
    }


def _attention(tensors: Arrays) -> Arrays:
    return {
        "weights": tensors["in_proj_weight"].T,
        "output_weights": tensors["out_proj.weight"].T,
        **_renamed(tensors, **{"in_proj_bias": "bias", "out_proj.bias": "output_bias"}),
    }


def _renamed(tensors: Arrays, **names: str) -> Arrays:
    """Return those of some tensors that are there, under other names."""
    return {ours: tensors[theirs] for theirs, ours in names.items() if theirs in tensors}


_LAYOUTS: dict[str, Callable[[Arrays], Arrays]] = {
    "dense": _linear,
    "conv2d": _conv2d,
    "embedding": lambda tensors: {"weights": tensors["weight"]},
    "batch_norm": _norm,
    "layer_norm": _norm,
    "prelu": lambda tensors: {"slopes": tensors["weight"]},
    "lstm": _lstm,
    "gru": _gru,
    "self_attention": _attention,
}


# Behind these, the elements of a flattened image are still in their order.
_KEEP_ORDER = ("dropout", "gaussian_noise", "batch_norm", "layer_norm")


def _image_before(network: gn.Network, place: str) -> tuple[int, ...] | None:
    """Return the shape of the image whose elements a layer reads in one row, or None."""
    if not place.isdigit():
        return None
    for index in reversed(range(int(place))):
        layer, before = network.layers[index], network.shapes[index]
        if layer.title() == "flatten" and len(before) == 3:
            return before
        if layer.kind != "activation" and layer.title() not in _KEEP_ORDER:
            return None
    return None


def _image_last(array: gn.Array, image: tuple[int, ...]) -> gn.Array:
    """Return the rows of an array in our order: PyTorch flattens (channels, height, width)."""
    height, width, channels = image
    if len(array) != height * width * channels:
        return array
    by_channel = array.reshape(channels, height, width, *array.shape[1:])
    return np.moveaxis(by_channel, 0, 2).reshape(array.shape)
