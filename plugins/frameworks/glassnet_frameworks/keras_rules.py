"""Layers and activations as layers of Keras."""

from __future__ import annotations

import functools
from collections.abc import Callable, Mapping
from typing import Any

import attrs
import keras
import numpy as np

import glassnet as gn
from glassnet.registry.registry import name_of

Rule = Callable[[Any, "KerasPlace", Any], Any]
RULES: dict[str, Rule] = {}


@attrs.frozen
class KerasPlace:
    """A layer's place: its name, its arrays, and the type of the numbers."""

    name: str
    parameters: Mapping[str, Any]
    state: Mapping[str, Any]
    dtype: str

    def child(self, key: str) -> KerasPlace:
        """Return the place of a layer that this one holds."""
        name = f"{self.name}.{key}" if self.name else key
        return KerasPlace(name, self.parameters.get(key, {}), self.state.get(key, {}), self.dtype)

    def of(self, kind: Any, x: Any, *arrays: gn.Array | None, **options: Any) -> Any:
        """Call a new layer of Keras on `x`, give it arrays, and return its output."""
        layer = kind(name=f"layer_{self.name.replace('.', '_')}", dtype=self.dtype, **options)
        y = layer(*x) if isinstance(x, tuple) else layer(x)
        given = [array for array in arrays if array is not None]
        if given:
            layer.set_weights(given)
        return y


def rule(*names: str) -> Callable[[Rule], Rule]:
    """Return a decorator that makes a function the rule of layers or activations with these names."""

    def register(function: Rule) -> Rule:
        RULES.update(dict.fromkeys(names, function))
        return function

    return register


def written_all(layers: Any, place: KerasPlace, x: Any) -> Any:
    """Call layers in a row on `x`, and return the output."""
    for index, layer in enumerate(layers):
        x = written(layer, place.child(str(index)), x)
    return x


def written(layer: Any, place: KerasPlace, x: Any) -> Any:
    """Call a layer on `x`, and return its output.

    Raises
    ------
    OptionError
        If Keras has no counterpart.
    """
    name = name_of(type(layer))
    if name not in RULES or getattr(layer, "mask", False):
        raise _unknown(layer, place, "")
    return RULES[name](layer, place, x)


def _unknown(layer: Any, place: KerasPlace, why: str) -> gn.OptionError:
    return gn.OptionError(
        f"layer {place.name}, {layer!r}, has no counterpart in Keras that glassnet knows{why}; "
        "replace it, or use the network by net.save('model.onnx')"
    )


@rule("dense")
def dense(layer: Any, place: KerasPlace, x: Any) -> Any:
    arrays = place.parameters
    return place.of(
        keras.layers.Dense, x, arrays["weights"], arrays.get("bias"), units=layer.units, use_bias=layer.bias
    )


@rule("conv2d")
def conv2d(layer: Any, place: KerasPlace, x: Any) -> Any:
    padding = layer.padding
    if not isinstance(padding, str):
        x = keras.layers.ZeroPadding2D(padding, dtype=place.dtype)(x)
        padding = "valid"
    return place.of(
        keras.layers.Conv2D,
        x,
        place.parameters["weights"],
        place.parameters.get("bias"),
        filters=layer.filters,
        kernel_size=layer.kernel_size,
        strides=layer.stride,
        padding=padding,
        dilation_rate=layer.dilation,
        groups=layer.groups,
        use_bias=layer.bias,
        data_format="channels_last",
    )


@rule("max_pool2d", "avg_pool2d")
def pool2d(layer: Any, place: KerasPlace, x: Any) -> Any:
    padding = layer.padding
    if padding in (0, (0, 0)):
        padding = "valid"
    if not isinstance(padding, str):
        raise _unknown(layer, place, ", which pads by a number")
    kind = keras.layers.MaxPooling2D if layer.title() == "max_pool2d" else keras.layers.AveragePooling2D
    sizes = {"pool_size": layer.size, "strides": layer.stride, "padding": padding}
    return place.of(kind, x, **sizes, data_format="channels_last")


@rule("global_avg_pool2d")
def global_avg_pool2d(layer: Any, place: KerasPlace, x: Any) -> Any:
    return place.of(keras.layers.GlobalAveragePooling2D, x, data_format="channels_last")


@rule("batch_norm")
def batch_norm(layer: Any, place: KerasPlace, x: Any) -> Any:
    arrays = {**place.parameters, **place.state}
    names = ("scale", "shift", "running_mean", "running_variance")
    kind = keras.layers.BatchNormalization
    return place.of(kind, x, *map(arrays.__getitem__, names), momentum=layer.momentum, epsilon=layer.epsilon)


@rule("layer_norm")
def layer_norm(layer: Any, place: KerasPlace, x: Any) -> Any:
    arrays = place.parameters
    return place.of(keras.layers.LayerNormalization, x, arrays["scale"], arrays["shift"], epsilon=layer.epsilon)


@rule("embedding")
def embedding(layer: Any, place: KerasPlace, x: Any) -> Any:
    weights = np.array(place.parameters["weights"])
    if layer.padding is not None:  # whose row is not read here
        weights[layer.padding] = 0
    return place.of(keras.layers.Embedding, x, weights, input_dim=layer.vocabulary, output_dim=layer.units)


@rule("lstm")
def lstm(layer: Any, place: KerasPlace, x: Any) -> Any:
    arrays = [place.parameters[name] for name in ("weights", "recurrent_weights", "bias")]
    return place.of(keras.layers.LSTM, x, *arrays, units=layer.units, return_sequences=layer.return_sequences)


@rule("gru")
def gru(layer: Any, place: KerasPlace, x: Any) -> Any:
    parameters = place.parameters
    second = np.concatenate([np.zeros(2 * layer.units), parameters["recurrent_bias"]])
    arrays = [z_first(array) for array in (parameters["weights"], parameters["recurrent_weights"])]
    biases = z_first(np.stack([parameters["bias"], second]))
    return place.of(keras.layers.GRU, x, *arrays, biases, units=layer.units, return_sequences=layer.return_sequences)


def z_first(array: gn.Array) -> gn.Array:
    """Return the blocks of the last axis with the first two exchanged: r z n here, and z r n in Keras."""
    first, second, third = np.split(array, 3, axis=-1)
    return np.concatenate([second, first, third], axis=-1)


@rule("self_attention")
def self_attention(layer: Any, place: KerasPlace, x: Any) -> Any:
    features = x.shape[-1]
    parts = np.split(place.parameters["weights"].reshape(features, 3, layer.heads, -1), 3, axis=1)
    arrays = [part[:, 0] for part in parts]
    output = place.parameters["output_weights"].reshape(layer.heads, -1, features)
    if layer.bias:
        biases = place.parameters["bias"].reshape(3, layer.heads, -1)
        pairs = [each for pair in zip(arrays, biases, strict=True) for each in pair]
        weights = [*pairs, output, place.parameters["output_bias"]]
    else:
        weights = [*arrays, output]
    sizes = {"num_heads": layer.heads, "key_dim": features // layer.heads, "use_bias": layer.bias}
    made = keras.layers.MultiHeadAttention(name=f"layer_{place.name.replace('.', '_')}", dtype=place.dtype, **sizes)
    y = made(x, x, use_causal_mask=layer.causal)
    made.set_weights(weights)
    return y


@rule("flatten")
def flatten(layer: Any, place: KerasPlace, x: Any) -> Any:
    return place.of(keras.layers.Flatten, x)


@rule("reshape")
def reshape(layer: Any, place: KerasPlace, x: Any) -> Any:
    return place.of(keras.layers.Reshape, x, target_shape=layer.output_shape(tuple(x.shape[1:])))


@rule("sequential")
def sequential(layer: Any, place: KerasPlace, x: Any) -> Any:
    return written_all(layer.layers, place, x)


@rule("residual")
def residual(layer: Any, place: KerasPlace, x: Any) -> Any:
    return place.of(keras.layers.Add, ([x, written_all(layer.layers, place, x)],))


@rule("concat")
def concat(layer: Any, place: KerasPlace, x: Any) -> Any:
    branches = [written(each, place.child(str(index)), x) for index, each in enumerate(layer.layers)]
    return branches[0] if len(branches) == 1 else place.of(keras.layers.Concatenate, (branches,))


@rule("linear", "masking")
def identity(layer: Any, place: KerasPlace, x: Any) -> Any:
    return place.of(keras.layers.Identity, x)


@rule("dropout")
def dropout(layer: Any, place: KerasPlace, x: Any) -> Any:
    return place.of(keras.layers.Dropout, x, rate=layer.rate)


@rule("gaussian_noise")
def gaussian_noise(layer: Any, place: KerasPlace, x: Any) -> Any:
    return place.of(keras.layers.GaussianNoise, x, stddev=layer.stddev)


@rule("relu", "tanh", "sigmoid", "silu", "mish", "selu", "softmax", "log_softmax")
def plain(layer: Any, place: KerasPlace, x: Any) -> Any:
    return place.of(keras.layers.Activation, x, activation=layer.title())


@rule("softplus")
def softplus(layer: Any, place: KerasPlace, x: Any) -> Any:
    if layer.beta != 1:
        raise _unknown(layer, place, ", but for beta=1")
    return place.of(keras.layers.Activation, x, activation="softplus")


@rule("gelu")
def gelu(layer: Any, place: KerasPlace, x: Any) -> Any:
    function = functools.partial(keras.activations.gelu, approximate=layer.approximate == "tanh")
    return place.of(keras.layers.Activation, x, activation=function)


@rule("elu")
def elu(layer: Any, place: KerasPlace, x: Any) -> Any:
    return place.of(keras.layers.ELU, x, alpha=layer.alpha)


@rule("leaky_relu")
def leaky_relu(layer: Any, place: KerasPlace, x: Any) -> Any:
    return place.of(keras.layers.LeakyReLU, x, negative_slope=layer.negative_slope)


@rule("prelu")
def prelu(layer: Any, place: KerasPlace, x: Any) -> Any:
    shared = list(range(1, len(x.shape) - 1))
    slopes = place.parameters["slopes"].reshape(*[1] * len(shared), -1)
    return place.of(keras.layers.PReLU, x, slopes, shared_axes=shared or None)
