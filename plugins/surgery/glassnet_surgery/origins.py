"""A new network of old and new layers, in which the old ones have their weights and state."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

import glassnet as gn
from glassnet_arrays.named_arrays import NamedArrays


def carried(network: gn.Network, layers: Sequence[int | gn.Layer], *, seed: int = 0) -> gn.Network:
    """Return a network of layers of another one, given by their index, and of new ones.

    It is built if the other one is. What is known of the training's inputs is kept if the first layer is.

    Raises
    ------
    ShapeError
        If the layers do not fit each other, or a layer no longer fits its weights.
    """
    made = gn.Network([network.layers[one] if isinstance(one, int) else one for one in layers])
    if not network.is_built:
        return made
    first, last = layers[0], layers[-1]
    made.build(network.shapes[first if isinstance(first, int) else 0], seed=seed, dtype=network.dtype.name)
    for index, one in enumerate(layers):
        if isinstance(one, int):
            what = f"layer {index} {made.layers[index]!r}"
            for mine, theirs in ((made.parameter_views, network.parameter_views), (made.state, network.state)):
                if str(one) in theirs:
                    _copy(mine[str(index)], theirs[str(one)], what)
    if not isinstance(first, int) or first == 0:
        made.inputs = network.inputs
    if last == len(network.layers) - 1:
        made.evaluation_config = network.evaluation_config
    return made


def _copy(mine: NamedArrays, theirs: NamedArrays, what: str) -> None:
    for name, array in theirs.items():
        if isinstance(array, NamedArrays):
            _copy(mine[name], array, what)
        elif mine[name].shape != np.shape(array):
            raise gn.ShapeError(
                f"{what} would have {name} of shape {mine[name].shape}, and its weights have {np.shape(array)}: "
                "the layers in front of it give another shape; replace this layer too"
            )
        else:
            mine[name] = array
