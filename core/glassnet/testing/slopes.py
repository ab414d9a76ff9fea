"""A gradient against differences, at smooth points, at kinks, and where a function jumps; and against the tape."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np

from glassnet.arrays import Array
from glassnet.gradient_check import differences
from glassnet.testing.check import Failure

# Central differences in float64 are right to about nine digits; a mistake is seldom smaller than a percent.
TOLERANCE = 1e-6
# A derivative that was traced is exact but for rounding.
_TAPE_TOLERANCE = 1e-10
_STEP = 1e-6
# Beyond this many elements, as many are drawn at random.
_MOST = 80


def compare_gradient(
    value: Callable[[], float],
    x: Array,
    gradient: Array,
    what: str,
    told: str,
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
    told
        The input, for the report.
    magnitude
        How large the terms are that `value` adds up: their rounding is no mistake.
    kinks
        Values of `x` at which the function may jump.
    """
    if gradient.shape != x.shape:
        return Failure(told, f"a gradient of {what} of shape {x.shape}", f"shape {gradient.shape}")
    places = _drawn(x.size)
    got = gradient.reshape(-1)[places]
    measured = differences(value, x, _STEP, places)
    noise = 16 * np.finfo(np.float64).eps * magnitude / _STEP
    largest = max(float(np.abs(got).max(initial=0.0)), float(np.abs(measured.central).max(initial=0.0)))
    low, high = measured.central.copy(), measured.central.copy()
    bent = np.abs(measured.left - measured.right) > 1e-4 * largest + 4 * noise
    if bent.any():
        # With a shorter step the two sides come together if the function is only curved, and move apart if it jumps.
        nearer = differences(value, x, _STEP / 4, places[bent])
        gap, gap_before = np.abs(nearer.left - nearer.right), np.abs(measured.left - measured.right)[bent]
        kinked, jumps = gap > gap_before / 2, gap > gap_before * 2
        allowed = jumps & np.isin(x.reshape(-1)[places[bent]], np.asarray(kinks, np.float64))
        if (jumps & ~allowed).any():
            slope = _along(what, int(places[bent][jumps & ~allowed][0]), x)
            hint = "forward jumps here: it is not continuous, or not the same from call to call"
            return Failure(told, f"a {slope}", "none: the value jumps", hint)
        lower, higher = np.minimum(nearer.left, nearer.right), np.maximum(nearer.left, nearer.right)
        low[bent] = np.where(allowed, -np.inf, np.where(kinked, lower, low[bent]))
        high[bent] = np.where(allowed, np.inf, np.where(kinked, higher, high[bent]))
    tolerance = TOLERANCE * largest + noise
    off = np.maximum(low - got, got - high)
    # Written so that NaN is wrong.
    wrong = ~(off <= tolerance)
    if not wrong.any():
        return None
    worst = int(np.argmax(np.where(wrong, np.nan_to_num(off, nan=np.inf), -1)))
    expected = f"{low[worst]:.6g}" if low[worst] == high[worst] else f"between {low[worst]:.6g} and {high[worst]:.6g}"
    return Failure(told, f"{expected}, the {_along(what, int(places[worst]), x)}", f"{got[worst]:.6g}")


def compare_with_tape(got: Array, expected: Array | None, what: str, told: str) -> Failure | None:
    """Compare a gradient with what the tape derives, if it does: that is right in all digits but the last few."""
    if expected is None:
        return None
    if got.shape != expected.shape:
        return Failure(told, f"a gradient of {what} of shape {expected.shape}", f"shape {got.shape}")
    off = np.abs(got - expected)
    largest = float(np.abs(expected).max(initial=1.0))
    if (off <= _TAPE_TOLERANCE * largest).all():
        return None
    worst = int(np.argmax(np.nan_to_num(off, nan=np.inf)))
    slope = _along(what, worst, expected)
    hint = "it is nearly right: look for a constant with too few digits, or an epsilon that forward has"
    return Failure(told, f"{expected.reshape(-1)[worst]:.15g}, the {slope}", f"{got.reshape(-1)[worst]:.15g}", hint)


def _along(what: str, place: int, x: Array) -> str:
    index = tuple(int(i) for i in np.unravel_index(place, x.shape))
    return f"slope along {what}[{', '.join(map(str, index))}]" if index else f"slope along {what}"


def _drawn(size: int) -> Array:
    if size <= _MOST:
        return np.arange(size)
    return np.sort(np.random.default_rng(size).choice(size, _MOST, replace=False))
