"""Arrays as compiled code takes them."""

from __future__ import annotations

import numpy as np

import glassnet as gn


def plain(array: gn.Array) -> gn.Array:
    """Return an array in one piece, aligned, and of no class that is derived from NumPy's.

    Compiled code takes them for such arrays, or refuses others.
    """
    array = np.ascontiguousarray(np.asarray(array))
    return array if array.flags.aligned else array.copy()


def flat(array: gn.Array) -> gn.Array:
    """Return such an array with one axis."""
    return plain(array).reshape(-1)
