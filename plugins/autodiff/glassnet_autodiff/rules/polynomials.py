"""Derivatives of polynomials, which are arrays of coefficients with the highest power first."""

from __future__ import annotations

from typing import Any

import numpy as np

from glassnet_autodiff.rules.rule import VJPTable, composed


def polyval(p: Any, x: Any) -> Any:
    """Horner's rule; the highest power first."""
    y = x * 0
    for coefficient in p:
        y = y * x + coefficient
    return y


def polyder(p: Any, m: int = 1) -> Any:
    """``n p_n`` for each power n, m times."""
    for _ in range(m):
        p = p[:-1] * np.arange(len(p) - 1, 0, -1)
    return p


def polyint(p: Any, m: int = 1) -> Any:
    """``p_n / (n + 1)`` for each power n, m times."""
    for _ in range(m):
        p = np.append(p / np.arange(len(p), 0, -1), 0.0)
    return p


def polyadd(a: Any, b: Any) -> Any:
    """The sum of polynomials, which end with the same power."""
    length = max(len(a), len(b))
    return np.pad(a, (length - len(a), 0)) + np.pad(b, (length - len(b), 0))


def polysub(a: Any, b: Any) -> Any:
    """The difference of polynomials."""
    return polyadd(a, -b)


def vander(x: Any, N: int | None = None, increasing: bool = False) -> Any:  # noqa: N803 - the name in NumPy
    """Powers of x, a column for each."""
    powers = np.arange(len(x) if N is None else N)
    return x[:, np.newaxis] ** (powers if increasing else powers[::-1])


VJPS: VJPTable = {
    np.polyval: composed(polyval, 2),
    np.polyder: composed(polyder),
    np.polyint: composed(polyint),
    np.polyadd: composed(polyadd, 2),
    np.polysub: composed(polysub, 2),
    np.polymul: composed(lambda a, b: np.convolve(a, b), 2),
    np.vander: composed(vander),
}
