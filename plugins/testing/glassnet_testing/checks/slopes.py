"""A gradient against differences, at smooth points, at kinks, and where a function jumps; and against the tape."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import attrs
import numpy as np

from glassnet.types import Array
from glassnet_testing.runner.check import Failure

# Central differences in float64 are right to about nine digits; a mistake is seldom smaller than a percent.
TOLERANCE = 1e-6
# Smaller slopes than this, next to the largest number around, come from rounding and underflow.
_SMALLEST = 1e-9
# A derivative that was traced is exact but for rounding.
_TAPE_TOLERANCE = 1e-10
# If the tape and the differences are further apart, the tape has met a kink, and the differences decide.
_TAPE_IS_OFF = 1e-4
# An error up to this size comes from a constant with few digits or from an epsilon.
_NEARLY = 1e-3
# The shorter ones follow functions that bend within 1e-6, such as a norm with an epsilon of 1e-12.
_STEPS = (1e-6, 1e-7, 1e-8, 1e-10, 1e-13)
# Up to this many elements are looked at one by one; of more, as many are, and all of them together.
_MOST = 24
_DIRECTIONS = 2
_NEIGHBOURS = 40
_RADII = (1e-5, 1e-7)
# Beyond this many suspects, a mistake has been found or there is none.
_MOST_SUSPECTS = 40


@attrs.frozen
class _Slope:
    """The slope along one direction, with one step."""

    step: float
    left: float
    right: float
    central: float
    noise: float


@attrs.frozen
class _Verdict:
    """What the differences say of one element: the allowed interval, and whether the gradient is in it."""

    right: bool
    low: float
    high: float
    jumps: bool = False


class Differences:
    """One-sided and central differences of a function of `x` by its terms.

    Parameters
    ----------
    terms
        Reads `x`, and returns the terms whose sum is differentiated. Terms that do not change bring no rounding error.
    x
        The point, in float64.
    largest
        Size of the largest slope that is claimed: it rounds the others.

    Attributes
    ----------
    smallest
        The slope below which there is only rounding.
    """

    def __init__(self, terms: Callable[[], Array], x: Array, largest: float = 0.0) -> None:
        self._terms = terms
        self.x = x
        self._here = self._at_present()
        self.smallest = _SMALLEST * max(1.0, largest, float(np.abs(x).max(initial=0.0)))

    def _at_present(self) -> Array:
        return np.array(self._terms(), np.float64, ndmin=1)

    def along(self, index: Array, signs: Array, step: float) -> _Slope:
        """Return the slope where the elements `index` move together, each by `step` times its size and sign."""
        flat = self.x.reshape(-1)
        before = flat[index].copy()
        h = step * np.maximum(1.0, np.abs(before).max())
        flat[index] = before + signs * h
        # Computed with the distance that was really gone: a short step is rounded.
        up = float(np.mean(np.abs(flat[index] - before)))
        above = self._at_present()
        flat[index] = before - signs * h
        down = float(np.mean(np.abs(flat[index] - before)))
        below = self._at_present()
        flat[index] = before
        changed = np.abs(above - below) + np.abs(above - self._here) > 0
        size = float(np.sum((np.abs(above) + np.abs(below) + np.abs(self._here))[changed])) / 3
        noise = 16 * np.finfo(np.float64).eps * size
        if not changed.any():
            # A change below the last digit of a long sum does not show.
            noise = np.finfo(np.float64).eps * float(np.abs(self._here).max(initial=0.0))
        if not up or not down:
            return _Slope(step, 0.0, 0.0, 0.0, np.inf)
        left, right = float(np.sum(self._here - below)) / down, float(np.sum(above - self._here)) / up
        return _Slope(step, left, right, float(np.sum(above - below)) / (up + down), noise / min(up, down))

    def nearby(self, place: int, radius: float) -> tuple[float, float]:
        """Return the least and the largest slope along one element, at random points around `x`."""
        rng = np.random.default_rng(place)
        before, here, found = self.x.copy(), self._here, []
        for _ in range(_NEIGHBOURS):
            self.x[...] = before + radius * np.maximum(1.0, np.abs(before)) * rng.uniform(-1, 1, before.shape)
            self._here = self._at_present()
            found.append(self.along(np.array([place]), np.ones(1), radius / 1000).central)
        self.x[...], self._here = before, here
        return min(found), max(found)


def compare_gradient(
    terms: Callable[[], Array],
    x: Array,
    gradient: Array,
    what: str,
    told: str,
    *,
    traced: Array | None = None,
    kinks: Sequence[float] = (),
    one_by_one: bool = True,
) -> Failure | None:
    """Compare a gradient with differences of the function that it is said to be of, and with what the tape derives.

    At a kink, any slope between that on the left and that on the right is right. Where the function jumps there is
    nothing to compare with, which is allowed at the kinks that the component declares.

    Parameters
    ----------
    terms
        Reads `x`, and returns the terms whose sum is the function.
    x, gradient
        The point, in float64, and what is said to be the derivative there.
    what
        What the derivative is with respect to, for the report.
    told
        The input, for the report.
    traced
        The gradient of the tape, or None where it does not follow.
    kinks
        Values of `x` at which the function may jump.
    one_by_one
        Whether elements are looked at one by one too, and not in directions alone.
    """
    if gradient.shape != x.shape:
        return Failure(told, f"a gradient of {what} of shape {x.shape}", f"shape {gradient.shape}")
    if x.size == 0:
        return None
    got = gradient.reshape(-1)
    if not np.isfinite(got).all():
        worst = int(np.argmin(np.isfinite(got)))
        return Failure(told, f"a finite {_along(what, worst, x)}", f"{got[worst]:.6g}")
    differences = Differences(terms, x, float(np.abs(got).max()))
    for place in _places(differences, got, _MOST if one_by_one else 0):
        verdict = _judge(differences, place, float(got[place]), kinks)
        if not verdict.right:
            return _failure(verdict, place, float(got[place]), what, told, x)
    return _compare_with_tape(differences, got, traced, what, told)


def _failure(verdict: _Verdict, place: int, got: float, what: str, told: str, x: Array) -> Failure:
    slope = _along(what, place, x)
    if verdict.jumps:
        hint = "forward jumps here: it is not continuous, or not the same from call to call"
        return Failure(told, f"a {slope}", "none: the value jumps", hint)
    low, high = f"{verdict.low:.6g}", f"{verdict.high:.6g}"
    return Failure(told, f"{low if low == high else f'between {low} and {high}'}, the {slope}", f"{got:.6g}")


def _places(differences: Differences, got: Array, most: int) -> list[int]:
    """Return the elements to look at one by one: all of a few; of many some, and those that a direction points to."""
    if got.size <= most:
        return list(range(got.size))
    rng = np.random.default_rng(got.size)
    places = sorted(map(int, rng.choice(got.size, most, replace=False)))
    suspects: list[int] = []
    for _ in range(_DIRECTIONS):
        signs = rng.choice([-1.0, 1.0], got.size)
        suspects += _suspects(differences, got, np.arange(got.size), signs, _MOST_SUSPECTS)
    return list(dict.fromkeys([*suspects, *places]))


def _suspects(differences: Differences, got: Array, index: Array, signs: Array, most: int) -> list[int]:
    """Return elements whose gradient may be wrong: where the slope along a direction is not theirs, by halving it."""
    slope = differences.along(index, signs[index], _STEPS[0])
    expected = float(got[index] @ signs[index])
    off = abs(slope.central - expected)
    if off <= 3 * TOLERANCE * float(np.linalg.norm(got[index])) + slope.noise + differences.smallest:
        return []
    if len(index) == 1:
        return [int(index[0])]
    middle = len(index) // 2
    first = _suspects(differences, got, index[:middle], signs, most)
    return first if len(first) >= most else first + _suspects(differences, got, index[middle:], signs, most)


def _judge(differences: Differences, place: int, got: float, kinks: Sequence[float]) -> _Verdict:
    """Compare one element with differences, with a shorter step before it is said to be wrong."""
    slopes: list[_Slope] = []
    for step in _STEPS:
        slope = differences.along(np.array([place]), np.ones(1), step)
        tolerance = TOLERANCE * max(abs(got), abs(slope.central)) + differences.smallest
        if slopes and not slope.noise <= tolerance:
            break  # a shorter step would show rounding alone
        slopes.append(slope)
        if abs(got - slope.central) <= tolerance + slope.noise:
            return _Verdict(True, slope.central, slope.central)
        if _has_kink(slopes) and _between(got, slope, tolerance):
            return _Verdict(True, slope.left, slope.right)
    jumps = _jumps(slopes)
    if jumps and differences.x.reshape(-1)[place] in kinks:
        return _Verdict(True, -np.inf, np.inf)
    low, high = sorted((slopes[-1].left, slopes[-1].right) if _has_kink(slopes) else (slopes[0].central,) * 2)
    if not jumps:
        wide, narrow = (differences.nearby(place, radius) for radius in _RADII)
        # Where slopes differ however near one looks, as at a tie of two values, any between them is right.
        if narrow[1] - narrow[0] > (wide[1] - wide[0]) / 2 > TOLERANCE * abs(got):
            low, high = min(low, *narrow), max(high, *narrow)
            tolerance = TOLERANCE * max(abs(low), abs(high)) + differences.smallest
            return _Verdict(low - tolerance <= got <= high + tolerance, low, high)
    return _Verdict(False, low, high, jumps)


def _between(got: float, slope: _Slope, tolerance: float) -> bool:
    low, high = sorted((slope.left, slope.right))
    return low - tolerance - slope.noise <= got <= high + tolerance + slope.noise


def _has_kink(slopes: list[_Slope]) -> bool:
    """Tell whether the two sides stay apart, and no further, however short the step is."""
    if len(slopes) < 2:
        return False
    before, now = (abs(slope.left - slope.right) for slope in slopes[-2:])
    return before / 2 < now < 2 * before and now > 4 * slopes[-1].noise + _SMALLEST


def _jumps(slopes: list[_Slope]) -> bool:
    """Tell whether the slope grows like one over the step."""
    if len(slopes) < 2:
        return False
    before, now = slopes[-2:]
    steepest = [max(abs(slope.left), abs(slope.right)) for slope in (before, now)]
    # A root such as sqrt(|x|) is infinitely steep at 0 too, and grows with the root of the step alone.
    return bool(steepest[1] > (before.step / now.step) ** 0.75 * steepest[0] > 0)


def _compare_with_tape(
    differences: Differences, got: Array, traced: Array | None, what: str, told: str
) -> Failure | None:
    """Compare with what the tape derives, where the differences bear it out: all digits but the last few are right."""
    if traced is None or not np.isfinite(traced).all():
        return None
    if traced.shape != differences.x.shape:
        return Failure(told, f"a gradient of {what} of shape {traced.shape}", f"shape {differences.x.shape}")
    expected = traced.reshape(-1)
    off = np.abs(got - expected)
    tolerance = _TAPE_TOLERANCE * max(1.0, float(np.abs(expected).max()))
    for place in map(int, np.argsort(-off)[:_MOST]):
        if off[place] <= tolerance:
            return None
        if not _judge(differences, place, float(expected[place]), ()).right:
            continue
        slope = differences.along(np.array([place]), np.ones(1), _STEPS[0])
        if abs(slope.central - expected[place]) > _TAPE_IS_OFF * max(abs(slope.central), 1.0) + slope.noise:
            continue
        nearly = off[place] <= _NEARLY * abs(expected[place])
        hint = "it is nearly right: look for a constant with too few digits, or an epsilon that forward has"
        slope_name = _along(what, place, differences.x)
        return Failure(told, f"{expected[place]:.15g}, the {slope_name}", f"{got[place]:.15g}", hint if nearly else "")
    return None


def _along(what: str, place: int, x: Array) -> str:
    index = tuple(int(i) for i in np.unravel_index(place, x.shape))
    return f"slope along {what}[{', '.join(map(str, index))}]" if index else f"slope along {what}"
