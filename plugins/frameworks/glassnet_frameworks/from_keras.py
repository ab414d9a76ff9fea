"""``gn.from_keras(model)``: a model of Keras as a network."""

from __future__ import annotations

from typing import Any

import glassnet as gn
from glassnet.components.services import explained
from glassnet_frameworks.comparison import CLOSE, difference_between
from glassnet_frameworks.extra import library


@explained
def from_keras(model: Any) -> gn.Network:
    """Return a network that computes what a model of Keras does outside of training.

    The model is built, and its layers are in a row: Dense, Conv2D, pooling, BatchNormalization, LayerNormalization,
    Embedding, LSTM, GRU, MultiHeadAttention of one input, activations, Dropout, Flatten and Reshape. Network and model
    are compared on random samples, so that nothing is read wrongly in silence.

    Parameters
    ----------
    model
        The model; it stays as it is.

    Raises
    ------
    OptionError
        If something in the model has no counterpart; the message names it.
    MissingExtraError
        If Keras is not installed.
    """
    keras = library("keras", "from_keras")
    from glassnet_frameworks.keras_readers import layers_of

    if not isinstance(model, keras.Model) or not model.built:
        raise gn.OptionError(
            f"from_keras takes a keras.Model that is built, got {type(model).__name__}; "
            "begin it with keras.Input(shape)"
        )
    specs, arrays = layers_of(model)
    shape = tuple(model.input_shape[1:])
    if None in shape:
        raise gn.OptionError(
            f"the model takes samples of any length, {shape}, and a network has a fixed one; "
            "make it with keras.Input of fixed lengths"
        )
    network = gn.Network(specs).build(shape, dtype=model.dtype if model.dtype == "float64" else "float32")
    for place, own in enumerate(arrays):
        for name, array in own.items():
            target = network.state[str(place)] if name.startswith("running_") else network.parameter_views[str(place)]
            target[name][...] = array
    difference = difference_between(network, model)
    if difference > CLOSE:
        raise gn.OptionError(
            f"the model {model.name!r} computes something else than the layers that were read, {network!r}: outputs "
            f"for random samples differ by {difference:.2g}; use layers that glassnet knows in a row"
        )
    return network
