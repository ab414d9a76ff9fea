"""Samples held out for validation."""

from __future__ import annotations

from typing import Any

import numpy as np
from sklearn.model_selection import train_test_split

Samples = tuple[Any, Any, Any]
"""Samples, targets, and weights or None."""


def held_out(samples: Samples, fraction: float, seed: int, *, stratified: bool) -> tuple[Samples, Samples]:
    """Return the samples to train on, and a random part to validate with.

    Parameters
    ----------
    samples
        Samples, targets, and weights or None.
    fraction
        The part to hold out.
    seed
        Where the random order comes from.
    stratified
        Whether each class has about the same share in both parts. Not possible, and not done, if a class has one
        sample, or the part has fewer samples than there are classes.
    """
    x, y, weights = samples
    count = round(x.shape[0] * fraction)
    rows = np.arange(x.shape[0])
    strata = y if stratified and _can_be_stratified(y, count) else None
    train, test = train_test_split(rows, test_size=fraction, random_state=seed, stratify=strata)
    first, second = (
        (x[part], y[part], None if weights is None else weights[part]) for part in (np.sort(train), np.sort(test))
    )
    return first, second


def _can_be_stratified(y: Any, count: int) -> bool:
    classes, sizes = np.unique(y, return_counts=True)
    return y.ndim == 1 and sizes.min() >= 2 and len(classes) <= count and len(classes) <= len(y) - count
