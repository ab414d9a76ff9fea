"""Setting a part of the samples aside, to test with."""

from __future__ import annotations

import numpy as np

import glassnet as gn

# What a point in the plane takes while it is made: its angle, class, coordinates and noise in float64 and int64.
POINT_BYTES = 48


def held_out(x: gn.Array, y: gn.Array, fraction: float, seed: int) -> tuple[gn.Split, gn.Split]:
    """Return ``(train, test)``: all samples in an order drawn with `seed`, of which the last ones test.

    Raises
    ------
    DataError
        When that leaves one of the two empty.
    """
    tested = round(len(x) * fraction)
    if not 0 < tested < len(x):
        raise gn.DataError(
            f"{fraction:g} of {len(x)} samples leaves {len(x) - tested} to train with and {tested} to test with; "
            "give more samples, or choose another fraction"
        )
    order = np.random.default_rng([seed, len(x)]).permutation(len(x))
    train, test = order[:-tested], order[-tested:]
    return gn.Split(x[train], y[train]), gn.Split(x[test], y[test])
