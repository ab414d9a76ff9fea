"""Which rows are held out: of each class its share, whole groups, or the latest ones."""

from __future__ import annotations

import numpy as np

from glassnet.errors import DataError
from glassnet.types import Array


def held_out_rows(
    rows: int,
    fraction: float,
    seed: int,
    *,
    labels: Array | None = None,
    groups: Array | None = None,
    times: Array | None = None,
) -> tuple[Array, Array]:
    """Return the rows to train on, and those that are held out, both in rising order.

    Parameters
    ----------
    rows, fraction, seed
        The number of rows, the share to hold out, and where the choice comes from.
    labels
        The class of each row: each class has its share in both parts.
    groups
        The group of each row: a group is in one part alone.
    times
        When each row was: the latest ones are held out.

    Raises
    ------
    DataError
        If one of the two parts is empty.
    """
    count = round(rows * fraction)
    rng = np.random.default_rng([seed, rows])
    if times is not None:
        held = np.argsort(times, kind="stable")[rows - count :]
    elif groups is not None:
        held = _whole_groups(groups, count, rng)
    elif labels is not None:
        held = _share_of_each(labels, count, rng)
    else:
        held = rng.permutation(rows)[rows - count :]
    if not 0 < len(held) < rows:
        raise DataError(
            f"{fraction:g} of {rows} rows leaves {rows - len(held)} to train with and {len(held)} to test with; "
            "give more rows, or choose another fraction"
        )
    kept = np.ones(rows, bool)
    kept[held] = False
    return np.flatnonzero(kept), np.flatnonzero(~kept)


def fold_of_rows(
    rows: int, folds: int, seed: int, *, labels: Array | None = None, groups: Array | None = None
) -> Array:
    """Return the fold in which each row is held out, ``(rows,)`` from 0.

    Raises
    ------
    DataError
        If there are fewer rows or groups than folds.
    """
    rng = np.random.default_rng([seed, rows])
    fold_of = np.empty(rows, np.int64)
    parts, what = (rows, "rows") if groups is None else (len(np.unique(groups)), "groups")
    if folds > parts:
        raise DataError(f"{folds} folds are too many for {parts} {what}; give {parts} or fewer")
    if groups is not None:
        _, places = np.unique(groups, return_inverse=True)
        sizes = np.bincount(places)
        totals = np.zeros(folds, np.int64)
        for group in np.argsort(-sizes, kind="stable"):
            smallest = int(totals.argmin())
            fold_of[places == group] = smallest
            totals[smallest] += sizes[group]
    else:
        order = rng.permutation(rows)
        # Classes one after another, each in a random order: every fold gets its share of each.
        order = order if labels is None else order[np.argsort(labels[order], kind="stable")]
        fold_of[order] = np.arange(rows) % folds
    return fold_of


def _share_of_each(labels: Array, count: int, rng: np.random.Generator) -> Array:
    """Return rows of which each class has its share, as exactly as whole rows allow."""
    order = rng.permutation(len(labels))
    counts = np.bincount(labels)
    wanted = counts * (count / len(labels))
    taken = np.minimum(np.floor(wanted).astype(np.int64), np.maximum(counts - 1, 0))
    # The largest rests get the rows that are left. A class with one row stays in the training.
    for label in np.argsort(-(wanted - taken), kind="stable"):
        if taken.sum() < count and taken[label] < counts[label] - 1:
            taken[label] += 1
    return np.concatenate([order[labels[order] == label][: taken[label]] for label in range(len(counts))])


def _whole_groups(groups: Array, count: int, rng: np.random.Generator) -> Array:
    """Return the rows of groups in a random order: of each that brings their number closer to the one wanted."""
    names, places = np.unique(groups, return_inverse=True)
    sizes = np.bincount(places)
    held: list[int] = []
    total = 0
    for group in rng.permutation(len(names)):
        closer = abs(total + sizes[group] - count) < abs(total - count)
        if closer and len(held) < len(names) - 1:
            held.append(int(group))
            total += int(sizes[group])
    held = held or [int(sizes.argmin())][: len(names) - 1]
    return np.flatnonzero(np.isin(places, held))
