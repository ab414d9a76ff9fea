"""Layers of Keras as specs of layers and their arrays."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import keras
import numpy as np

import glassnet as gn
from glassnet_frameworks.keras_rules import z_first

Arrays = dict[str, gn.Array]
Read = tuple[str, Arrays]
READERS: dict[type, Callable[[Any], Read]] = {}


def layers_of(model: Any) -> tuple[list[str], list[Arrays]]:
    """Return the layers of a model as specs, and the arrays of each.

    Raises
    ------
    OptionError
        If a layer has no counterpart, or is not in a row with the others.
    """
    read: list[Read] = []
    padding: Any = None
    for layer in model.layers:
        if isinstance(layer, keras.layers.InputLayer):
            continue
        if isinstance(layer, keras.layers.ZeroPadding2D):
            padding = layer.padding
            continue
        if isinstance(layer, keras.Model):
            specs, arrays = layers_of(layer)
            read += zip(specs, arrays, strict=True)
            continue
        if type(layer) not in READERS or len(layer._inbound_nodes) > 1:
            raise unknown(layer)
        spec, arrays_of_layer = READERS[type(layer)](layer)
        if padding is not None:
            spec, padding = _padded(spec, padding, layer), None
        read.append((spec, arrays_of_layer))
        behind = getattr(layer, "activation", None)
        if not isinstance(layer, keras.layers.Activation | keras.layers.LSTM | keras.layers.GRU) and behind is not None:
            name = _activation(layer)
            read += [(name, {})] if name != "linear" else []
    return [spec for spec, _ in read], [arrays for _, arrays in read]


def unknown(layer: Any, why: str = "") -> gn.OptionError:
    """Return the error that names a layer without a counterpart."""
    return gn.OptionError(
        f"layer {layer.name!r} is a {type(layer).__name__}{why}, which has no counterpart in glassnet; "
        "use layers that glassnet knows in a row, or write a layer of your own: glassnet new layer NAME"
    )


def _padded(spec: str, padding: Any, layer: Any) -> str:
    (top, bottom), (left, right) = padding
    if top != bottom or left != right or "padding='valid'" not in spec or not spec.startswith("conv2d"):
        raise unknown(layer, " behind padding of other numbers on both sides")
    return spec.replace("padding='valid'", f"padding=[{top}, {left}]")


def _reader(*kinds: type) -> Callable[[Callable[[Any], Read]], Callable[[Any], Read]]:
    def register(function: Callable[[Any], Read]) -> Callable[[Any], Read]:
        READERS.update(dict.fromkeys(kinds, function))
        return function

    return register


def _named(layer: Any, *names: str) -> Arrays:
    """Return the weights of a layer by our names, of which the last are left out where it has fewer."""
    return dict(zip(names, layer.get_weights(), strict=False))


def _activation(layer: Any) -> str:
    name = getattr(layer.activation, "__name__", "")
    if name == "gelu":
        return "gelu"
    if hasattr(layer.activation, "keywords"):  # functools.partial
        inner, given = layer.activation.func.__name__, layer.activation.keywords
        if inner == "gelu":
            return f"gelu(approximate={'tanh' if given.get('approximate') else 'none'!r})"
    known = ("relu", "tanh", "sigmoid", "silu", "mish", "selu", "softmax", "log_softmax", "softplus", "elu", "linear")
    if name not in known:
        raise unknown(layer, f" with the activation {name or layer.activation!r}")
    return name


@_reader(keras.layers.Dense)
def _dense(layer: Any) -> Read:
    return f"dense({layer.units}, bias={layer.use_bias})", _named(layer, "weights", "bias")


@_reader(keras.layers.Conv2D)
def _conv2d(layer: Any) -> Read:
    _check_channels_last(layer)
    spec = (
        f"conv2d({layer.filters}, {list(layer.kernel_size)}, stride={list(layer.strides)}, padding={layer.padding!r}, "
        f"dilation={list(layer.dilation_rate)}, groups={layer.groups}, bias={layer.use_bias})"
    )
    return spec, _named(layer, "weights", "bias")


@_reader(keras.layers.MaxPooling2D, keras.layers.AveragePooling2D)
def _pool(layer: Any) -> Read:
    _check_channels_last(layer)
    name = "max_pool2d" if isinstance(layer, keras.layers.MaxPooling2D) else "avg_pool2d"
    return f"{name}({list(layer.pool_size)}, stride={list(layer.strides)}, padding={layer.padding!r})", {}


@_reader(keras.layers.GlobalAveragePooling2D)
def _global_pool(layer: Any) -> Read:
    _check_channels_last(layer)
    return "global_avg_pool2d", {}


def _check_channels_last(layer: Any) -> None:
    if layer.data_format != "channels_last":
        raise unknown(layer, " with channels first")


@_reader(keras.layers.BatchNormalization)
def _batch_norm(layer: Any) -> Read:
    if not (layer.scale and layer.center):
        raise unknown(layer, " without scale or shift")
    names = ("scale", "shift", "running_mean", "running_variance")
    return f"batch_norm(momentum={layer.momentum!r}, epsilon={layer.epsilon!r})", _named(layer, *names)


@_reader(keras.layers.LayerNormalization)
def _layer_norm(layer: Any) -> Read:
    if not (layer.scale and layer.center):
        raise unknown(layer, " without scale or shift")
    return f"layer_norm(epsilon={layer.epsilon!r})", _named(layer, "scale", "shift")


@_reader(keras.layers.Embedding)
def _embedding(layer: Any) -> Read:
    if layer.mask_zero:
        raise unknown(layer, " with mask_zero=True")
    return f"embedding({layer.input_dim}, {layer.output_dim})", _named(layer, "weights")


@_reader(keras.layers.LSTM)
def _lstm(layer: Any) -> Read:
    _check_recurrent(layer)
    return f"lstm({layer.units}, return_sequences={layer.return_sequences})", _named(
        layer, "weights", "recurrent_weights", "bias"
    )


@_reader(keras.layers.GRU)
def _gru(layer: Any) -> Read:
    _check_recurrent(layer)
    if not layer.reset_after:
        raise unknown(layer, " with reset_after=False")
    weights, recurrent, biases = map(z_first, layer.get_weights())
    units = layer.units
    bias = biases[0] + np.concatenate([biases[1, : 2 * units], np.zeros(units)])
    arrays = {
        "weights": weights,
        "recurrent_weights": recurrent,
        "bias": bias,
        "recurrent_bias": biases[1, 2 * units :],
    }
    return f"gru({units}, return_sequences={layer.return_sequences})", arrays


def _check_recurrent(layer: Any) -> None:
    plain = layer.activation.__name__ == "tanh" and layer.recurrent_activation.__name__ == "sigmoid" and layer.use_bias
    if not plain or layer.go_backwards or layer.stateful or layer.return_state:
        raise unknown(layer, " with other activations, state or direction than the default")


@_reader(keras.layers.MultiHeadAttention)
def _attention(layer: Any) -> Read:
    weights = layer.get_weights()
    heads, step = layer.num_heads, 2 if layer._use_bias else 1
    features = weights[0].shape[0]
    if heads * layer.key_dim != features or layer.value_dim != layer.key_dim:
        raise unknown(layer, " whose heads do not share the features equally")
    projections = [weights[place * step].reshape(features, features) for place in range(3)]
    arrays = {"weights": np.hstack(projections), "output_weights": weights[3 * step].reshape(features, features)}
    if step == 2:
        arrays["bias"] = np.concatenate([weights[place * 2 + 1].ravel() for place in range(3)])
        arrays["output_bias"] = weights[7]
    causal = bool(layer._inbound_nodes[0].arguments.kwargs.get("use_causal_mask"))
    return f"self_attention({heads}, causal={causal}, bias={step == 2})", arrays


@_reader(keras.layers.Flatten)
def _flatten(layer: Any) -> Read:
    return "flatten", {}


@_reader(keras.layers.Reshape)
def _reshape(layer: Any) -> Read:
    return f"reshape({list(layer.target_shape)})", {}


@_reader(keras.layers.Dropout)
def _dropout(layer: Any) -> Read:
    return f"dropout({layer.rate!r})", {}


@_reader(keras.layers.GaussianNoise)
def _noise(layer: Any) -> Read:
    return f"gaussian_noise({layer.stddev!r})", {}


@_reader(keras.layers.Identity)
def _identity(layer: Any) -> Read:
    return "linear", {}


@_reader(keras.layers.Activation)
def _of_activation(layer: Any) -> Read:
    return _activation(layer), {}


@_reader(keras.layers.ReLU)
def _relu(layer: Any) -> Read:
    if layer.max_value is not None or layer.negative_slope or layer.threshold:
        raise unknown(layer, " with a slope or bounds")
    return "relu", {}


@_reader(keras.layers.Softmax)
def _softmax(layer: Any) -> Read:
    return "softmax", {}


@_reader(keras.layers.ELU)
def _elu(layer: Any) -> Read:
    return f"elu({float(layer.alpha)!r})", {}


@_reader(keras.layers.LeakyReLU)
def _leaky_relu(layer: Any) -> Read:
    return f"leaky_relu({float(layer.negative_slope)!r})", {}


@_reader(keras.layers.PReLU)
def _prelu(layer: Any) -> Read:
    (slopes,) = layer.get_weights()
    if slopes.size != slopes.shape[-1]:
        raise unknown(layer, " with a slope for each element")
    return "prelu", {"slopes": slopes.ravel()}
