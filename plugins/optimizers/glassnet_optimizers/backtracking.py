"""Backtracking: a step is halved until the loss falls enough."""

from __future__ import annotations

from collections.abc import Callable

import glassnet as gn

# The part of the slope by which the loss has to fall.
_SUFFICIENT = 1e-4


def length_that_falls(
    p: gn.Array,
    direction: gn.Array,
    slope: float,
    length: float,
    most_halvings: int,
    closure: Callable[[], float],
) -> float:
    """Return the first of `length` and its halves whose loss is below a line of a small part of the slope, or 0.

    Nocedal and Wright (2006), Numerical Optimization, algorithm 3.1, with equation 3.4 as its test.
    """
    if slope >= 0:
        return 0.0  # nothing is left but rounding
    start = p.copy()
    before = closure()
    for _ in range(most_halvings + 1):
        p += length * direction
        reached = closure()
        p[:] = start
        if reached <= before + _SUFFICIENT * length * slope:
            return length
        length /= 2
    return 0.0
