"""Products of an infinite slope and a gradient of 0, as in ``sqrt(x) ** 2`` at 0.

Such a product is 0 if the result does not use the element, as in ``where(x > 0, sqrt(x), 0)``. If the gradient is 0 at
this point alone, the two factors do not tell the limit of the product, which is 1 for ``sqrt(x) ** 2``. So the tape is
read once more, with the slopes of each statement beside its point. Where the infinite slope has a share in the result
there, the gradient is NaN, as in PyTorch.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np

from glassnet_autodiff.derivatives import tree_leaves, tree_map
from glassnet_autodiff.statement import TapeEntry
from glassnet_autodiff.traced_array import is_traced

# What these choose by comparison is chosen beside the point too.
_CHOOSING = {
    *(np.maximum, np.minimum, np.fmax, np.fmin, np.clip, np.nan_to_num, np.sort, np.partition, np.ptp),
    *(np.max, np.min, np.amax, np.amin, np.nanmax, np.nanmin, np.median, np.quantile, np.percentile),
    *(np.maximum.reduce, np.minimum.reduce, np.fmax.reduce, np.fmin.reduce),
}
_STEP = 1e-3
# Functions that are constant at infinity have a slope here, in float32 too.
_INSTEAD_OF_INFINITY = 4.0


def find_poles(statements: Sequence[TapeEntry]) -> None:
    """Note in each statement where an undefined product is that of a pole with a share in the result.

    Parameters
    ----------
    statements
        Those of a tape. Each gradient is 1 where an element of the final result counts, and 0 elsewhere.
    """
    for statement in reversed(statements):
        g = statement.take_gradient()
        if any(np.any(one) for one in tree_leaves(g)):
            for place, undefined in statement.undefined.items():
                has_share = g != 0 if statement.is_elementwise else True
                statement.poles[place] = undefined & has_share & _is_pole(statement, place)
            statement.add_gradients(_shares(statement, g))


def _is_pole(statement: TapeEntry, place: int) -> Any:
    """Tell where the slope is finite beside the point; that of ``exp(1000)`` is not, it has only overflowed."""
    g = tree_map(np.ones_like, statement.y)
    return _is_finite(statement, place, g, _STEP) | _is_finite(statement, place, g, -_STEP)


def _is_finite(statement: TapeEntry, place: int, g: Any, step: float) -> Any:
    slopes = _slopes(statement, g, step, infinity=np.inf)
    if slopes is None:
        return False
    if statement.is_elementwise:
        return np.isfinite(slopes[place])
    return all(np.isfinite(one).all() for one in tree_leaves(slopes[place]) if one is not None)


def _shares(statement: TapeEntry, g: Any) -> list[Any]:
    """Return 1 for each element of an argument that has a share in an element of the result that has one."""
    rng = np.random.default_rng(0)
    g = tree_map(lambda one: None if one is None else (one != 0) * rng.uniform(1, 2, np.shape(one)), g)
    found = [_slopes(statement, g, 0, np.inf)]
    if statement.function not in _CHOOSING:
        found += [_slopes(statement, g, step, _INSTEAD_OF_INFINITY) for step in (_STEP, -_STEP)]
    known = [one for one in found if one is not None]
    if not known:
        return [tree_map(lambda leaf: np.ones(np.shape(leaf)), value) for value in statement.values]
    return [_is_any_nonzero(parts) for parts in zip(*known, strict=True)]


def _is_any_nonzero(parts: Sequence[Any]) -> Any:
    if any(one is None for one in parts):
        return None
    if isinstance(parts[0], (list, tuple)):
        return [_is_any_nonzero(inner) for inner in zip(*parts, strict=True)]
    return sum(np.asarray(one) != 0 for one in parts) != 0


def _slopes(statement: TapeEntry, g: Any, step: float, infinity: float) -> Any:
    """Return the gradients of the arguments `step` beside their values; None if the rule has none there."""
    pairs = zip(statement.arguments, statement.values, strict=False)
    values = [_beside(value, step, infinity) if is_traced(argument) else value for argument, value in pairs]
    try:
        return statement.rule(g, statement.result_of(values), *values, **statement.named)
    except Exception:  # that of the inverse of a singular matrix, for example
        return None


def _beside(value: Any, step: float, infinity: float) -> Any:
    """Return other values near those of an array, not all at the same distance."""

    def moved(leaf: Any) -> Any:
        if not isinstance(leaf, np.ndarray) or leaf.dtype.kind not in "fc":
            return leaf
        distance = step * np.random.default_rng(0).uniform(0.5, 1, leaf.shape) * np.maximum(np.abs(leaf), 1)
        return np.where(np.isinf(leaf), np.sign(leaf.real) * infinity, leaf + distance).astype(leaf.dtype)

    return tree_map(moved, value)


def pole_of(statements: Iterable[TapeEntry]) -> TapeEntry | None:
    """Return a statement with a pole that has a share in the result, or None."""
    return next((one for one in statements if any(np.any(pole) for pole in one.poles.values())), None)
