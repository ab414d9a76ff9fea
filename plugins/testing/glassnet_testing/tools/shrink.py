"""The smallest input that shows a mistake."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator

import numpy as np

from glassnet.types import Array
from glassnet_testing.runner.check import FAULTS, Failure, raised

# A check that fails is run a few times more to make its input readable.
_MOST_TRIES = 200


def try_all(inputs: Iterable[Array], examine: Callable[[Array], Failure | None], *, any_shape: bool = False) -> None:
    """Examine inputs, and raise what is found with the smallest one that can be made of the first that fails.

    Parameters
    ----------
    inputs
        Batches, the simplest first.
    examine
        Returns what is wrong with a batch. An exception is wrong too.
    any_shape
        Whether a single value, as a batch of shape ``(1, 1)``, is an input as well.
    """

    def attempt(x: Array) -> Failure | None:
        try:
            return examine(x)
        except FAULTS as error:
            return raised(x, error)

    for x in inputs:
        failure = attempt(x)
        if failure is not None:
            raise _shrunk(x, failure, attempt, any_shape)


def _shrunk(x: Array, failure: Failure, attempt: Callable[[Array], Failure | None], any_shape: bool) -> Failure:
    tries = 0
    progress = True
    while progress:
        progress = False
        for simpler in _simpler(x, any_shape):
            tries += 1
            if tries > _MOST_TRIES:
                return failure
            found = attempt(simpler)
            if found is not None:
                x, failure, progress = simpler, found, True
                break
    return failure


def _simpler(x: Array, any_shape: bool) -> Iterator[Array]:
    """Return inputs like `x` with one thing less to look at: fewer samples, fewer values, rounder ones."""
    if any_shape and x.size > 1:
        for value in x.reshape(-1):
            yield np.full((1, 1), value, x.dtype)
    if len(x) > 1:
        for row in range(len(x)):
            yield x[row : row + 1].copy()
    if x.dtype.kind != "f":
        return
    for place in range(min(x.size, 32)):
        value = x.reshape(-1)[place]
        for rounder in (0.0, np.sign(value), np.round(value), np.round(value, 1)):
            # Each step has to make the value simpler, or there would be no end.
            if _length(rounder) < _length(value):
                simpler = x.copy()
                simpler.reshape(-1)[place] = rounder
                yield simpler


def _length(value: float) -> tuple[int, float]:
    return len(f"{value:.6g}"), abs(float(value))
