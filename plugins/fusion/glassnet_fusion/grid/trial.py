"""A trial of compiled code that goes through samples: it has to give the bytes of NumPy doing what the formula did."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from glassnet_fusion.grid.node import Grid
from glassnet_fusion.grid.replay import Replay
from glassnet_fusion.space import FULL, Space
from glassnet_fusion.trial import is_same, sample

_FEW_SAMPLES = 3
# Above it, a trial of all samples takes more memory than a step of the training.
_MOST_ELEMENTS = 1_000_000


def items_for_trial(grid: Grid) -> int:
    """Return with how many samples a grid is tried."""
    return grid.items if grid.space.size <= _MOST_ELEMENTS else _FEW_SAMPLES


def gives_the_bytes_of_numpy(grid: Grid, items: int, function: Callable[..., int]) -> bool:
    """Tell whether compiled code computes what NumPy computes, at special numbers too.

    Parameters
    ----------
    grid
        The formula.
    items
        The number of samples.
    function
        Takes inputs, results and scalars.
    """
    rng = np.random.default_rng(0)
    inputs = [_input(rng, array, grid.items, items) for array in grid.record.described]
    given = [array.copy() for array in inputs]
    with np.errstate(all="ignore"):
        replay = Replay(grid.record, inputs, items)
    wanted = [replay.results[place] for place in grid.returned]
    new = [np.empty(array.shape, array.dtype) for array in wanted]
    if function(*given, *new, *map(float, grid.record.scalars)) != 0:
        return False
    changed = {place for place, _ in grid.changed}
    return all(is_same(inputs[place], given[place]) for place in changed) and all(map(is_same, wanted, new))


def _input(rng: np.random.Generator, array: Any, recorded: int, items: int) -> Any:
    shape = array.shape
    if len(shape) > 1 and shape[0] == recorded:
        shape = (items, *shape[1:])
    if array.dtype.kind == "i":
        return rng.integers(-1, 1, shape)  # the first and the last row of any array
    return sample(rng, array.dtype, FULL, Space(int(np.prod(shape)), 1)).reshape(shape)
