"""``net.to_torch()``: a network as a module of PyTorch."""

from __future__ import annotations

from typing import Any

import numpy as np

import glassnet as gn
from glassnet.components.services import explained
from glassnet_frameworks.extra import library


@explained
def to_torch(network: gn.Network) -> Any:
    """Return this network as a ``torch.nn.Sequential`` with copies of its arrays, in evaluation mode.

    The layer at ``"3"`` is the module ``"3"``: ``weight`` is the transpose of ``3.weights``. Images are
    ``(batch, channels, height, width)``, as everywhere in PyTorch. Noise is left out.

    Parameters
    ----------
    network
        The network, which is built.

    Raises
    ------
    OptionError
        If PyTorch has no counterpart of a layer.
    MissingExtraError
        If PyTorch is not installed.

    Examples
    --------
    >>> module = gn.Network("dense(3) tanh dense(2)").build(4).to_torch()
    >>> list(module.state_dict())
    ['0.weight', '0.bias', '2.weight', '2.bias']
    """
    torch = library("torch", "to_torch")
    from glassnet_frameworks.torch_rules import Place, sequential_of

    place = Place("", tuple(network.input_shape), network.parameter_views, network.state)
    module = sequential_of(network.layers, place)
    return module.to(torch.float64 if network.dtype == np.float64 else torch.float32).eval()
