"""Whether what a network holds is finite."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Protocol

import numpy as np

from glassnet.types import Array
from glassnet_inputs.finite import are_finite


class HasArrays(Protocol):
    """What has the arrays of a network."""

    @property
    def flat_parameters(self) -> Array:
        """All parameters in one vector."""

    @property
    def parameters(self) -> Mapping[str, Array]:
        """The parameters by name."""

    @property
    def state(self) -> Mapping[str, Any]:
        """The arrays that layers carry along, nested by layer."""


def first_not_finite(network: HasArrays) -> str | None:
    """Return which parameter or state is NaN or infinite, such as ``parameter '0.weights' is nan``, or None."""
    if not are_finite(network.flat_parameters):
        for name, values in network.parameters.items():
            if not are_finite(values.reshape(-1)):
                return f"parameter {name!r} {what_is_not_finite(values)}"
    for name, values in _leaves(network.state, ""):
        if not are_finite(values.reshape(-1)):
            return f"state {name!r} {what_is_not_finite(values)}"
    return None


def what_is_not_finite(values: Array) -> str:
    """Return ``is nan``, or ``has nan in 2 of 8 elements`` if the others are finite."""
    bad = values[~np.isfinite(values)]
    return f"is {bad[0]}" if bad.size == values.size else f"has {bad[0]} in {bad.size} of {values.size} elements"


def _leaves(tree: Mapping[str, Any], path: str) -> Iterator[tuple[str, Array]]:
    for name, value in tree.items():
        if isinstance(value, Mapping):
            yield from _leaves(value, f"{path}{name}.")
        else:
            yield f"{path}{name}", value
