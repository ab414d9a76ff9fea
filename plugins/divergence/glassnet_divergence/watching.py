"""A step that is run again to look at it: each layer is watched, and the network stays as it was."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np

from glassnet.components.layer import Layer, layers_held_by
from glassnet.components.loss import Loss
from glassnet.model.model import Model
from glassnet_autodiff.tree import tree_map


class Watching:
    """Returns each layer of a network watched, in their order, as are the layers that it holds.

    Parameters
    ----------
    watch
        Returns the watched layer, given the one that computes, the one that is listed, and its place: ``"2.0"``.
    """

    def __init__(self, watch: Callable[[Layer, Layer, str], Layer]) -> None:
        self._watch = watch
        self._places = itertools.count()

    def __call__(self, component: Any, elements: int) -> Any:
        return component if isinstance(component, Loss) else self._watched(component, str(next(self._places)))

    def _watched(self, member: Layer, place: str) -> Layer:
        watched: dict[str, Any] = {}
        number = itertools.count()
        # Where backward is derived from forward, what is inside has no backward of its own.
        for name, value in ({} if member.derives_backward else layers_held_by(member)).items():
            held = value if isinstance(value, tuple) else (value,)
            within = [self._watched(each, f"{place}.{next(number)}") for each in held]
            watched[name] = within if isinstance(value, tuple) else within[0]
        return self._watch((member.replace(**watched) if watched else member).as_layer(), member, place)


@contextmanager
def left_as_it_was(network: Model) -> Iterator[None]:
    """Put state and gradients of a network back at the end of the block."""
    state, gradients = tree_map(np.copy, network.state), network.gradients.copy()
    try:
        yield
    finally:
        network.state = state
        network.gradients[:] = gradients
