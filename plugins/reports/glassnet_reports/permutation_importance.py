"""Permutation importance: how much worse a network gets if one column is shuffled."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np

from glassnet.types import Array


def permutation_importance(
    score: Callable[[Array], float], x: Array, groups: Sequence[Sequence[int]], repeats: int = 5, seed: int = 0
) -> Array:
    """Return how much the score falls, ``(groups, repeats)``.

    score(x) - score(x with the columns of a group in another order of the rows)

    Breiman (2001), Random Forests, Machine Learning 45(1), section 10.

    Parameters
    ----------
    score
        What the samples are worth, such as the accuracy on them; larger is better.
    x
        Samples, ``(samples, columns)``.
    groups
        Columns that are shuffled together, such as all categories of one column of a table.
    repeats, seed
        How often each group is shuffled, and where the random numbers come from.
    """
    rng = np.random.default_rng(seed)
    whole = score(x)
    falls = np.empty((len(groups), repeats))
    for group, columns in enumerate(groups):
        for repeat in range(repeats):
            shuffled = x.copy()
            shuffled[:, columns] = x[rng.permutation(len(x))][:, columns]
            falls[group, repeat] = whole - score(shuffled)
    return falls
