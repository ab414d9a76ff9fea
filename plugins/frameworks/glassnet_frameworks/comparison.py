"""How far a network and a model of another framework may be apart, and how far one of Keras is."""

from __future__ import annotations

from typing import Any

import numpy as np

import glassnet as gn

# Sums in another order differ less; what computes something else differs more.
CLOSE = 1e-4


def difference_between(network: gn.Network, model: Any) -> float:
    """Return the largest difference of the outputs for random samples, relative to the largest output above 1."""
    rng = np.random.default_rng(0)
    shape = (3, *network.input_shape)
    x: gn.Array
    if network.integer_input:
        x = rng.integers(0, _smallest_vocabulary(network), shape)
    else:
        pixels = network.inputs is not None and network.inputs.pixels
        x = rng.random(shape) if pixels else rng.standard_normal(shape)
    ours = network.predict(x)
    theirs = model.predict(x.astype(np.int32 if network.integer_input else network.dtype), verbose=0)
    if ours.shape != theirs.shape:
        return float("inf")
    return float(np.abs(ours - theirs).max() / max(1.0, np.abs(ours).max()))


def _smallest_vocabulary(network: gn.Network) -> int:
    def inside(layers: Any) -> list[int]:
        own = [layer.vocabulary for layer in layers if hasattr(layer, "vocabulary")]
        return own + [each for layer in layers for each in inside(getattr(layer, "layers", ()))]

    return min(inside(network.layers))
