"""How well the nearest neighbours tell the targets: what the inputs say about them, without any network."""

from __future__ import annotations

import numpy as np

from glassnet.types import Array

_NEIGHBOURS = 5


def neighbours_of(inputs: Array) -> Array:
    """Return the places of each sample's nearest other samples, ``(samples, 5)``; columns count alike.

    Parameters
    ----------
    inputs
        Samples, ``(samples, …)``.
    """
    rows = inputs.reshape(len(inputs), -1).astype(np.float64)
    deviation = rows.std(axis=0)
    # In place, since each of these arrays takes megabytes.
    rows -= rows.mean(axis=0)
    rows /= np.where(deviation > 0, deviation, 1)
    squares = np.sum(rows * rows, axis=1)
    distances = squares[:, None] + squares
    products = rows @ rows.T
    products *= 2
    distances -= products
    np.fill_diagonal(distances, np.inf)
    return np.argpartition(distances, _NEIGHBOURS, axis=1)[:, :_NEIGHBOURS].copy()


def skill(neighbours: Array, targets: Array, *, are_classes: bool) -> tuple[float, float]:
    """Return how much better than guessing the neighbours tell the targets, and how sure that is.

    Parameters
    ----------
    neighbours
        As of `neighbours_of`.
    targets
        One label or one number a sample, or several numbers: then those of the column that is told best.
    are_classes
        Whether the targets are labels.

    Returns
    -------
    skill
        0 for guessing and 1 for no mistake: of accuracy, or of the variance that is explained.
    z
        The number of standard deviations by which the neighbours agree more with a sample than strangers do.
    """
    if targets.ndim > 1:
        columns = targets.reshape(len(targets), -1).T
        return max((skill(neighbours, column, are_classes=are_classes) for column in columns), key=lambda each: each[1])
    if are_classes:
        agree = targets[neighbours] == targets[:, None]
        shares = np.unique(targets, return_counts=True)[1] / len(targets)
        chance = float(np.sum(shares**2))
        hits, deviation = float(agree.mean()), np.sqrt(max(chance * (1 - chance), 1e-12) / len(targets))
        return (hits - chance) / max(1 - chance, 1e-12), (hits - chance) / float(deviation)
    centred = targets - targets.mean()
    told = centred[neighbours].mean(axis=1)
    spread = centred.std() * told.std()
    correlation = float(np.mean(centred * (told - told.mean())) / spread) if spread > 0 else 0.0
    return max(correlation, 0.0) ** 2, correlation * np.sqrt(len(targets))
