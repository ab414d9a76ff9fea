"""Layers and activations as modules of PyTorch."""

from __future__ import annotations

from typing import Any

import numpy as np
import torch
from torch import nn

import glassnet as gn
from glassnet_frameworks import torch_parts as parts
from glassnet_frameworks.torch_place import Place, module_of, rule, sequential_of

__all__ = ["Place", "sequential_of"]


@rule("dense")
def dense(layer: Any, place: Place) -> nn.Module:
    linear = nn.Linear(place.shape[-1], layer.units, bias=layer.bias)
    return _filled(linear, weight=place.in_order(place.parameters["weights"]).T, bias=place.parameters.get("bias"))


@rule("conv2d")
def conv2d(layer: Any, place: Place) -> nn.Module:
    windows = layer.windows(place.shape)
    axes = (windows.rows, windows.columns)
    padding = _same_on_both_sides(axes)
    convolution = nn.Conv2d(
        place.shape[2],
        layer.filters,
        tuple(axis.size for axis in axes),
        stride=tuple(axis.stride for axis in axes),
        padding=padding or 0,
        dilation=tuple(axis.dilation for axis in axes),
        groups=layer.groups,
        bias=layer.bias,
    )
    weights = place.parameters["weights"].transpose(3, 2, 0, 1)
    _filled(convolution, weight=weights, bias=place.parameters.get("bias"))
    return nn.Sequential(nn.ZeroPad2d(_around(axes)), convolution) if padding is None else convolution


@rule("max_pool2d")
def max_pool2d(layer: Any, place: Place) -> nn.Module:
    axes = _axes(layer, place)
    size, stride = tuple(axis.size for axis in axes), tuple(axis.stride for axis in axes)
    padding = _same_on_both_sides(axes)
    if padding is None:
        return nn.Sequential(nn.ConstantPad2d(_around(axes), -torch.inf), nn.MaxPool2d(size, stride))
    return nn.MaxPool2d(size, stride, padding)


@rule("avg_pool2d")
def avg_pool2d(layer: Any, place: Place) -> nn.Module:
    axes = _axes(layer, place)
    padding = _same_on_both_sides(axes)
    size, stride = tuple(axis.size for axis in axes), tuple(axis.stride for axis in axes)
    if padding is None:
        return parts.AvgPool2d(size, stride, _around(axes))
    return nn.AvgPool2d(size, stride, padding, count_include_pad=False)


@rule("global_avg_pool2d")
def global_avg_pool2d(layer: Any, place: Place) -> nn.Module:
    return nn.Sequential(nn.AdaptiveAvgPool2d(1), nn.Flatten())


@rule("batch_norm")
def batch_norm(layer: Any, place: Place) -> nn.Module:
    kind = nn.BatchNorm2d if place.is_image else nn.BatchNorm1d
    norm = kind(place.shape[-1], eps=layer.epsilon, momentum=1 - layer.momentum)
    arrays = {**place.parameters, **place.state}
    names = {"weight": "scale", "bias": "shift", "running_mean": "running_mean", "running_var": "running_variance"}
    _filled(norm, **{theirs: place.in_order(arrays[ours]) for theirs, ours in names.items()})
    return parts.StepsLast(norm) if len(place.shape) == 2 else norm


@rule("layer_norm")
def layer_norm(layer: Any, place: Place) -> nn.Module:
    norm = nn.LayerNorm(place.shape[-1], eps=layer.epsilon)
    scale, shift = (place.in_order(place.parameters[name]) for name in ("scale", "shift"))
    _filled(norm, weight=scale, bias=shift)
    return parts.ChannelsLast(norm) if place.is_image else norm


@rule("embedding")
def embedding(layer: Any, place: Place) -> nn.Module:
    weights = np.array(place.parameters["weights"])
    if layer.padding is not None:  # whose row is not read here
        weights[layer.padding] = 0
    return _filled(nn.Embedding(layer.vocabulary, layer.units, padding_idx=layer.padding), weight=weights)


@rule("lstm")
def lstm(layer: Any, place: Place) -> nn.Module:
    arrays = place.parameters
    bias = arrays["bias"]
    return _recurrent(nn.LSTM, layer, place, bias_ih_l0=bias, bias_hh_l0=np.zeros_like(bias))


@rule("gru")
def gru(layer: Any, place: Place) -> nn.Module:
    arrays = place.parameters
    second = np.concatenate([np.zeros(2 * layer.units), arrays["recurrent_bias"]])
    return _recurrent(nn.GRU, layer, place, bias_ih_l0=arrays["bias"], bias_hh_l0=second)


def _recurrent(kind: Any, layer: Any, place: Place, **biases: gn.Array) -> nn.Module:
    _refuse_mask(layer, place)
    recurrent = kind(place.shape[1], layer.units, batch_first=True)
    weights = {"weight_ih_l0": "weights", "weight_hh_l0": "recurrent_weights"}
    _filled(recurrent, **{theirs: place.parameters[ours].T for theirs, ours in weights.items()}, **biases)
    return parts.Recurrent(recurrent, layer.return_sequences)


@rule("self_attention")
def self_attention(layer: Any, place: Place) -> nn.Module:
    _refuse_mask(layer, place)
    attention = nn.MultiheadAttention(place.shape[1], layer.heads, bias=layer.bias, batch_first=True)
    arrays = place.parameters
    _filled(attention, in_proj_weight=arrays["weights"].T, in_proj_bias=arrays.get("bias"))
    _filled(attention.out_proj, weight=arrays["output_weights"].T, bias=arrays.get("output_bias"))
    return parts.SelfAttention(attention, layer.causal)


@rule("flatten", "reshape")
def reshape(layer: Any, place: Place) -> nn.Module:
    shape = tuple(layer.output_shape(place.shape))
    return parts.Reshape(shape, from_image=place.is_image, to_image=len(shape) == 3)


@rule("sequential")
def sequential(layer: Any, place: Place) -> Any:
    return sequential_of(layer.layers, place)


@rule("residual")
def residual(layer: Any, place: Place) -> Any:
    return sequential_of(layer.layers, place, parts.Residual)


@rule("concat")
def concat(layer: Any, place: Place) -> nn.Module:
    branches = [module_of(each, place.child(str(index), place.shape)) for index, each in enumerate(layer.layers)]
    return parts.Concat(branches, 1 if len(layer.output_shape(place.shape)) == 3 else -1)


@rule("dropout")
def dropout(layer: Any, place: Place) -> nn.Module:
    return nn.Dropout(layer.rate)


@rule("linear", "gaussian_noise", "masking")
def identity(layer: Any, place: Place) -> nn.Module:
    return nn.Identity()


@rule("relu", "tanh", "sigmoid", "silu", "mish", "selu")
def plain(layer: Any, place: Place) -> nn.Module:
    name = {"relu": "ReLU", "silu": "SiLU", "selu": "SELU"}.get(layer.title(), layer.title().title())
    module: nn.Module = getattr(nn, name)()
    return module


@rule("elu")
def elu(layer: Any, place: Place) -> nn.Module:
    return nn.ELU(layer.alpha)


@rule("leaky_relu")
def leaky_relu(layer: Any, place: Place) -> nn.Module:
    return nn.LeakyReLU(layer.negative_slope)


@rule("gelu")
def gelu(layer: Any, place: Place) -> nn.Module:
    return nn.GELU(layer.approximate)


@rule("softplus")
def softplus(layer: Any, place: Place) -> nn.Module:
    # Beyond the threshold PyTorch computes x instead, which is the same to the last digit of float64.
    return nn.Softplus(layer.beta, threshold=40)


@rule("softmax")
def softmax(layer: Any, place: Place) -> nn.Module:
    return nn.Softmax(1 if place.is_image else -1)


@rule("log_softmax")
def log_softmax(layer: Any, place: Place) -> nn.Module:
    return nn.LogSoftmax(1 if place.is_image else -1)


@rule("prelu")
def prelu(layer: Any, place: Place) -> nn.Module:
    module = _filled(nn.PReLU(place.shape[-1]), weight=place.in_order(place.parameters["slopes"]))
    return parts.StepsLast(module) if len(place.shape) == 2 else module


def _filled(module: nn.Module, **arrays: gn.Array | None) -> nn.Module:
    """Return a module with copies of arrays as its parameters and buffers, by name."""
    for name, array in arrays.items():
        if array is not None:
            tensor = getattr(module, name)
            # In the type of the array: the module changes to the network's.
            tensor.data = torch.from_numpy(np.array(array))
    return module


def _axes(layer: Any, place: Place) -> tuple[Any, Any]:
    windows = layer.windows(place.shape)
    return windows.rows, windows.columns


def _around(axes: tuple[Any, Any]) -> tuple[int, int, int, int]:
    return (*axes[1].around, *axes[0].around)


def _same_on_both_sides(axes: tuple[Any, Any]) -> tuple[int, int] | None:
    """Return the pixels that are added on both sides of each axis; None if the numbers differ."""
    if any(before != after for before, after in (axis.around for axis in axes)):
        return None
    return axes[0].around[0], axes[1].around[0]


def _refuse_mask(layer: Any, place: Place) -> None:
    if layer.mask:
        raise gn.OptionError(
            f"layer {place.name}, {layer!r}, skips padded steps, which PyTorch's module of one input cannot; "
            "train the network without mask=True to convert it"
        )
