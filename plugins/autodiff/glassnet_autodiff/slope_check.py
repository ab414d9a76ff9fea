"""A derived gradient compared with differences along random directions: the safety net below the rules of the tape.

Both are computed in float64. Each output has a slope on the left and one on the right of the point, and what the tape
finds has to be between the two, so that a kink is not a false alarm. A point may still be special. The tape takes the
mean of both sides of every kink, and a smooth whole may have parts with kinks. So a wrong gradient is one that is wrong
at the point and at two others near it.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import attrs
import numpy as np

from glassnet.errors import TracingError
from glassnet.types import Array

# Shorter steps are tried where a function bends within the first one.
_SHORTER = (1.0, 0.1, 0.01)
_POINTS = 3
_NEAR = 1e-3
_NEXT = 1e-7


@attrs.frozen(eq=False)
class Found:
    """What a tape finds.

    Attributes
    ----------
    y
        The result.
    gradients
        The derivative of ``sum(weights * y)`` with respect to each array.
    precision
        The machine epsilon of the coarsest type that something was computed in.
    """

    y: Array
    gradients: Sequence[Array]
    precision: float


def check_slopes(
    evaluate: Callable[..., Any], derive: Callable[..., Found], arrays: Sequence[Array], names: Sequence[str]
) -> None:
    """Compare what the tape finds with what the plain code gives.

    Parameters
    ----------
    evaluate
        Return the result for such arrays, which it leaves as they are.
    derive
        Return what the tape finds, for the weights of the outputs and such arrays.
    arrays
        The point, in float64.
    names
        What to call each array in a message.

    Raises
    ------
    TracingError
        If the results or the derivatives differ.
    """
    rng = np.random.default_rng(0)
    problems = []
    for number in range(_POINTS):
        point = [array if number == 0 else _near(array, rng) for array in arrays]
        with np.errstate(all="ignore"):
            problem = _problem(evaluate, derive, point, names, rng)
        if problem is None:
            return
        problems.append(problem)
    raise TracingError(
        f"{problems[0]}; the code does what the tape does not follow: report it, and write the derivative yourself"
    )


def _problem(
    evaluate: Callable[..., Any], derive: Callable[..., Found], point: list[Array], names: Sequence[str], rng: Any
) -> str | None:
    """Return how the tape differs from the plain code at one point, or None."""
    y = np.asarray(evaluate(*point), np.float64)
    weights = rng.normal(size=y.shape)
    found = derive(weights, *point)
    if found.y.shape != y.shape:
        return f"the result has the shape {found.y.shape} on the tape, and {y.shape} on arrays"
    if not _alike(found.y, y, found.precision):
        return f"the result on the tape is not that on arrays: it is random, or off by {np.abs(found.y - y).max():.3g}"
    for name, array, gradient in zip(names, point, found.gradients, strict=True):
        direction = _direction(array, rng)
        slope = float(np.sum(np.real(np.conj(gradient) * direction)))
        size = float(np.linalg.norm(gradient * direction))

        def moved(step: float, array: Array = array, direction: Array = direction) -> Array:
            elsewhere = [one + step * direction if one is array else one for one in point]
            return np.asarray(evaluate(*elsewhere), np.float64)

        precision = max(found.precision, _roughness(moved, y))
        measured = _measured_unless_between(slope, size, moved, y, weights, precision)
        if measured is not None:
            return f"the slope along {name} is {slope:.6g} on the tape, and {measured:.6g} by differences"
    return None


def _measured_unless_between(
    slope: float, size: float, moved: Callable[[float], Array], y: Array, weights: Array, precision: float
) -> float | None:
    """Return the slope by differences; None if `slope` agrees with it, or nothing can be measured."""
    first = np.cbrt(precision)
    measured = None
    for step in first * np.array(_SHORTER):
        above, below = moved(step), moved(-step)
        if not np.isfinite([above, y, below]).all():
            continue
        left, right = weights * (y - below) / step, weights * (above - y) / step
        rounding = 16 * precision * float(np.linalg.norm(weights * np.maximum(np.abs(above), np.abs(y)))) / step
        tolerance = 20 * first * size + rounding
        if np.minimum(left, right).sum() - tolerance <= slope <= np.maximum(left, right).sum() + tolerance:
            return None
        measured = measured or float((left + right).sum() / 2)
    return measured


def _roughness(moved: Callable[[float], Array], y: Array) -> float:
    """Return how far a result is from straight within almost no distance: rounding to a coarse type, out of sight."""
    bent = moved(_NEXT) - 2 * y + moved(-_NEXT)
    size = np.linalg.norm(y)
    return float(np.linalg.norm(bent) / size) if size > 0 and np.isfinite(bent).all() else 0.0


def _alike(got: Array, expected: Array, precision: float) -> bool:
    """Tell whether two results are equal up to rounding; what is not finite is not looked at."""
    if not np.isfinite(expected).all():
        return True
    off = np.max(np.abs(got - expected), initial=0.0)
    return bool(off <= np.sqrt(precision) * max(1.0, np.max(np.abs(expected), initial=0.0)))


def _direction(array: Array, rng: np.random.Generator) -> Array:
    """Return a random direction, in which small elements move less, and those that are not finite stay."""
    size = np.where(np.isfinite(array), np.abs(array), 0)
    return _normal(array, rng) * np.where(array == 0, 1.0, np.minimum(size, 1.0))


def _near(array: Array, rng: np.random.Generator) -> Array:
    return array + _NEAR * _direction(array, rng)


def _normal(array: Array, rng: np.random.Generator) -> Array:
    drawn = rng.normal(size=array.shape)
    return drawn + 1j * rng.normal(size=array.shape) if np.iscomplexobj(array) else drawn
