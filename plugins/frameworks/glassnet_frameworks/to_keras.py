"""``net.to_keras()``: a network as a model of Keras."""

from __future__ import annotations

from typing import Any

import glassnet as gn
from glassnet.components.services import explained
from glassnet_frameworks.comparison import CLOSE, difference_between
from glassnet_frameworks.extra import library


@explained
def to_keras(network: gn.Network) -> Any:
    """Return this network as a ``keras.Model`` with copies of its arrays.

    The layer at ``"3"`` is the layer ``"layer_3"``, whose weights have the layout that they have here, but for the
    gates of gru. Samples are the same, too. Noise stays in the model, where it counts in training alone.

    Parameters
    ----------
    network
        The network, which is built.

    Raises
    ------
    OptionError
        If Keras has no counterpart of a layer.
    MissingExtraError
        If Keras is not installed.
    """
    keras = library("keras", "to_keras")
    from glassnet_frameworks.keras_rules import KerasPlace, written_all

    shape = tuple(network.input_shape)  # of a network that is not built there is none, which is an error
    dtype = network.dtype.name
    x = keras.Input(shape, dtype="int32" if network.integer_input else dtype)
    place = KerasPlace("", network.parameter_views, network.state, dtype)
    model = keras.Model(x, written_all(network.layers, place, x))
    difference = difference_between(network, model)
    if difference > CLOSE:
        raise gn.OptionError(
            f"Keras computes something else than {network!r} with its backend {keras.backend.backend()}: outputs for "
            f"random samples differ by {difference:.2g}; choose another backend, or padding='valid' for pooling"
        )
    return model
