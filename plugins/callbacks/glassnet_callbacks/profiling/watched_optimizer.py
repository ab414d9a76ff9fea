"""An optimizer that is given arrays that are watched."""

from __future__ import annotations

import copy
from typing import Any

import glassnet as gn
from glassnet_callbacks.profiling.watched import WatchedArray, watched


def watched_optimizer(optimizer: gn.Optimizer, kind_of_array: type[WatchedArray]) -> gn.Optimizer:
    """Return an optimizer that does the same; while products are watched, it is given watched arrays to do it with.

    It is of a class of its own that overrides the method that does the work, so that threads share it as before.
    """
    kind = type(optimizer)
    name = "update" if kind.step is gn.Optimizer.step else "step"

    def method(self: gn.Optimizer, p: gn.Array, g: gn.Array, state: dict[str, gn.Array], *others: Any) -> None:
        if kind_of_array.stopwatch.watches_products:
            p, g, state = watched((p, g, state), kind_of_array)
        getattr(super(watching, self), name)(p, g, state, *others)

    watching = type(kind.__name__, (kind,), {name: method})
    twin = copy.copy(optimizer)
    object.__setattr__(twin, "__class__", watching)
    return twin
