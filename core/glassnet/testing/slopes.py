"""A gradient against differences: at smooth points, at kinks, and where a function jumps."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np

from glassnet.arrays import Array
from glassnet.gradient_check import differences
from glassnet.testing.check import Failure

# Central differences in float64 are right to about nine digits; a mistake is seldom smaller than a percent.
TOLERANCE = 1e-6
_STEP = 1e-6
# Beyond this many elements, as many are drawn at random.
_MOST = 80


def compare_gradient(
    value: Callable[[], float],
    x: Array,
    gradient: Array,
    what: str,
    show: Callable[[], object],
    *,
    magnitude: float,
    kinks: Sequence[float] = (),
) -> Failure | None:
    """Compare a gradient with differences of the function that it is said to be of.

    At a kink, any slope between that on the left and that on the right is right. Where the function jumps there is
    nothing to compare with, which is allowed at the kinks that the component declares.

    Parameters
    ----------
    value
        The function: reads `x`.
    x, gradient
        The point, in float64, and what is said to be the derivative there.
    what
        What the derivative is with respect to, for the report.
    show
        Gives the input to be reported.
    magnitude
        How large the terms are that `value` adds up: their rounding is no mistake.
    kinks
        Values of `x` at which the function may jump.
    """
    if gradient.shape != x.shape:
        return Failure(show(), f"a gradient of {what} of shape {x.shape}", f"shape {gradient.shape}")
    looked_at = _drawn(x.size)
    got = gradient.reshape(-1)[looked_at]
    measured = differences(value, x, _STEP, looked_at)
    noise = 16 * np.finfo(np.float64).eps * magnitude / _STEP
    largest = max(float(np.abs(got).max(initial=0.0)), float(np.abs(measured.central).max(initial=0.0)))
    allowed = TOLERANCE * largest + noise
    low = high = measured.central
    bent = np.flatnonzero(np.abs(measured.left - measured.right) > 1e-4 * largest + 4 * noise)
    if len(bent):
        low, high = low.copy(), high.copy()
        # With a shorter step the two sides come together if the function is only curved, and move apart if it jumps.
        nearer = differences(value, x, _STEP / 4, looked_at[bent])
        gap, gap_before = (np.abs(each.left - each.right) for each in (nearer, measured))
        jumps = gap > 2 * gap_before[bent]
        kinked = ~jumps & (gap > gap_before[bent] / 2)
        at_declared = np.isin(x.reshape(-1)[looked_at[bent]], np.asarray(kinks, np.float64))
        low[bent[kinked]] = np.minimum(nearer.left, nearer.right)[kinked]
        high[bent[kinked]] = np.maximum(nearer.left, nearer.right)[kinked]
        low[bent[jumps & at_declared]], high[bent[jumps & at_declared]] = -np.inf, np.inf
        if (jumps & ~at_declared).any():
            place = looked_at[bent[jumps & ~at_declared][0]]
            hint = "forward jumps here: it is not continuous, or not the same from call to call"
            return Failure(show(), f"a slope {_along(what, place, x)}", "none: the value jumps", hint)
    wrong = ~((got >= low - allowed) & (got <= high + allowed))
    if not wrong.any():
        return None
    worst = int(np.argmax(np.where(wrong, np.nan_to_num(np.abs(got - measured.central), nan=np.inf), -1)))
    along = _along(what, int(looked_at[worst]), x)
    between = f"between {low[worst]:.6g} and {high[worst]:.6g}" if low[worst] != high[worst] else f"{low[worst]:.6g}"
    return Failure(show(), f"{between}, the slope {along}", f"{got[worst]:.6g}")


def _along(what: str, place: int, x: Array) -> str:
    index = tuple(int(i) for i in np.unravel_index(place, x.shape))
    return f"along {what}[{', '.join(map(str, index))}]" if index else f"along {what}"


def _drawn(size: int) -> Array:
    if size <= _MOST:
        return np.arange(size)
    return np.sort(np.random.default_rng(size).choice(size, _MOST, replace=False))
