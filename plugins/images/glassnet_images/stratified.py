"""Setting a part of each class aside, to test with."""

from __future__ import annotations

import numpy as np

import glassnet as gn


def stratified(labels: gn.Array, fraction: float, seed: int) -> tuple[gn.Array, gn.Array]:
    """Return the rows to train with and those to test with, both in rising order.

    Of each class the same fraction is drawn, rounded, but for one sample at the least and all but one at the most. A
    class of one sample is trained with.
    """
    rng = np.random.default_rng([seed, len(labels)])
    tested: list[gn.Array] = []
    for label in np.unique(labels):
        rows = rng.permutation(np.flatnonzero(labels == label))
        tested.append(rows[: min(max(1, round(len(rows) * fraction)), len(rows) - 1)])
    test = np.sort(np.concatenate(tested))
    return np.setdiff1d(np.arange(len(labels)), test), test
