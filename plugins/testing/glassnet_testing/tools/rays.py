"""A number along a ray: where it changes in another way than its slope says."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Sequence

import numpy as np

# From a hundredth to ten thousand times a random batch, six stretches to a decade.
FACTORS = tuple(np.geomspace(1e-2, 1e4, 37).tolist())
# What the slopes at three points leave out of the change between them, as a share of it.
_SHARE_LEFT_OUT = 1e-3
_MOST_PLACES = 6
_HALVINGS = 40

Point = tuple[float, float, float]
"""A factor, the number there, and its slope."""


def suspicious_factors(look: Callable[[float], tuple[float, float]], factors: Sequence[float] = FACTORS) -> list[float]:
    """Return factors near which a number does not change as its slope says, the worst first.

    A kink is such a place too, so each has to be looked at: it is a mistake if the slope is wrong there, or if the
    number jumps.

    Parameters
    ----------
    look
        Returns the number and its slope at a factor.
    factors
        Where to look, in rising order. Between two of them a jump is found by halving.
    """

    def at(factor: float) -> Point:
        return (factor, *look(factor))

    points = [at(factor) for factor in factors]
    stretches = []
    for low, high in itertools.pairwise(points):
        middle = at((low[0] + high[0]) / 2)
        share = _share(low, middle, high)
        if share > _SHARE_LEFT_OUT:
            stretches.append((share, low, middle, high))
    stretches.sort(key=lambda stretch: -stretch[0])
    found = (_place(at, *stretch[1:]) for stretch in stretches[:_MOST_PLACES])
    return [place for place in found if place is not None]


def _place(at: Callable[[float], Point], low: Point, middle: Point, high: Point) -> float | None:
    """Return where the worse half of the worse half … ends, or None if the slopes explain the change there."""
    for _ in range(_HALVINGS):
        lower, upper = at((low[0] + middle[0]) / 2), at((middle[0] + high[0]) / 2)
        halves = (low, lower, middle), (middle, upper, high)
        left_out = [_left_out(*half) for half in halves]
        low, middle, high = halves[int(left_out[1] > left_out[0])]
        if not _share(low, middle, high) > _SHARE_LEFT_OUT:
            return None
        if high[0] - low[0] < 1e-11 * high[0]:
            break
    return middle[0]


def _left_out(low: Point, middle: Point, high: Point) -> float:
    """Return how much of the change Simpson's rule over the slopes does not explain, but for rounding."""
    width = high[0] - low[0]
    predicted = width / 6 * (low[2] + 4 * middle[2] + high[2])
    rounding = 1e-12 * max(abs(low[1]), abs(high[1]), width * abs(middle[2]))
    return abs(high[1] - low[1] - predicted) - rounding


def _share(low: Point, middle: Point, high: Point) -> float:
    """Return the part of the change that is not explained; 0 where a number is not finite."""
    if not np.isfinite([low[1], high[1], low[2], middle[2], high[2]]).all():
        return 0.0
    steepest = max(abs(point[2]) for point in (low, middle, high))
    change = abs(high[1] - low[1]) + (high[0] - low[0]) * steepest
    return max(_left_out(low, middle, high), 0.0) / change if change else 0.0
