"""``net.activations(x)``: the output of each layer."""

from __future__ import annotations

from typing import Any

import glassnet as gn
from glassnet.components.services import explained
from glassnet_arrays.named_arrays import NamedArrays
from glassnet_inspection.inputs import read_samples
from glassnet_inspection.watched_layer import watched


@explained
def activations(network: gn.Network, x: Any, *, training: bool = False, seed: int = 0) -> NamedArrays:
    """Return the output of each layer for some samples; the network stays as it is.

    Parameters
    ----------
    network
        The network, which is built.
    x
        Samples, ``(batch, *input_shape)``.
    training, seed
        Whether layers such as dropout do what they do in training, and the seed of their random numbers.

    Returns
    -------
    mapping
        An array ``(batch, …)`` for each layer, under the layer's place: ``"0"``, ``"1"``, … The layers within layer 2
        are ``"2.0"``, ``"2.1"``, …, as in the names of parameters. The last one of the network is `predict`'s result.

    Raises
    ------
    NotBuiltError
        If the network has no parameters yet.
    DataError, ShapeError
        If the network cannot take `x`.

    Examples
    --------
    >>> net = gn.Network("dense(3) tanh residual([dense(3), relu])").build(2)
    >>> list(net.activations([[0.0, 1.0]]))
    ['0', '1', '2', '2.0', '2.1']
    """
    samples = read_samples(network, x)
    network = network.copy() if training else network  # training moves state such as running means
    outputs: dict[str, gn.Array] = {}
    sequence = gn.LayerSequence([watched(layer, outputs) for layer in network.layers])
    with network.workspace(training=training, seed=seed) as ctx:
        sequence.forward(network.parameter_views, samples, ctx)
    by_place = sorted(outputs, key=lambda name: [(not part.isdigit(), part.zfill(9)) for part in name.split(".")])
    return NamedArrays({name: outputs[name] for name in by_place}, "activation", finite=False)
