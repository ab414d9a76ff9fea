"""How far results are from a peer's: measured in one place, and kept for docs/components.md."""

from __future__ import annotations

from typing import Any

import numpy as np

import glassnet as gn

TOLERANCE = {"float64": 1e-10, "float32": 1e-5}
# By component, as "kind:name", and type: the largest difference of all comparisons in this process.
LARGEST: dict[str, dict[str, float]] = {}


def difference(
    component: str,
    ours: Any,
    theirs: Any,
    *,
    least: float = 0.0,
    terms: float = 0.0,
    dtype: str | None = None,
) -> float:
    """Return the relative difference of two arrays: the largest of their elements' differences over a scale.

    Parameters
    ----------
    component
        Whose results they are, such as ``"layer:conv2d"``.
    ours, theirs
        Arrays of one shape, or numbers. What is NaN in both is equal.
    least
        The scale is the largest element of `theirs`, or this where that is smaller: the size of what cancels.
    terms
        The size of terms whose rounding, of 8 units in the last place, is allowed at `TOLERANCE` on top of that.
    dtype
        The type that was computed with, where `ours` are plain numbers.
    """
    ours, theirs = np.asarray(ours), np.asarray(theirs)
    assert ours.shape == theirs.shape
    name = dtype or ours.dtype.name
    equal = np.array_equal(ours, theirs, equal_nan=True)
    relative = 0.0 if equal else _relative(ours, theirs, least, 8 * np.finfo(name).eps * terms / TOLERANCE[name])
    seen = LARGEST.setdefault(component, {})
    seen[name] = max(seen.get(name, 0.0), relative)
    return relative


def _relative(ours: gn.Array, theirs: gn.Array, least: float, allowed: float) -> float:
    scale = max(float(np.abs(theirs).max()), least) + allowed
    away = float(np.abs(ours.astype(np.float64) - theirs).max())
    return away / scale if np.isfinite(away) and scale else np.inf
