"""The samples of a fit: arrays without the samples of weight 0, and a part held out for validation."""

from __future__ import annotations

from typing import Any

import attrs
import numpy as np
from sklearn.model_selection import train_test_split
from sklearn.utils.validation import _check_sample_weight

import glassnet as gn


@attrs.frozen(eq=False)
class Samples:
    """Samples, targets, and a weight for each sample or None."""

    x: Any
    y: Any
    weights: gn.Array | None = None

    def chosen(self, rows: Any) -> Samples:
        """Return some of the samples."""
        return Samples(self.x[rows], self.y[rows], None if self.weights is None else self.weights[rows])

    def weighted(self, sample_weight: Any) -> Samples:
        """Return the samples with weights, without those of weight 0, which count as little as if left out.

        Raises
        ------
        ValueError
            If there is not one weight for each sample, one is negative, or all are 0.
        """
        if sample_weight is None:
            return self
        weights = _check_sample_weight(sample_weight, self.x, ensure_non_negative=True)
        if not weights.any():
            raise ValueError("all sample weights are 0, so no sample counts; give one of them a weight above 0")
        return Samples(self.x, self.y, weights).chosen(weights > 0)

    def split(self, fraction: float, seed: int, *, stratified: bool) -> tuple[Samples, Samples]:
        """Return the samples to train on, and a random part to validate with.

        Parameters
        ----------
        fraction
            The part to hold out.
        seed
            Where the random order comes from.
        stratified
            Whether each class has about the same share in both parts. This needs two samples of each class, and
            parts with at least as many samples as there are classes; otherwise the split is not stratified.
        """
        rows = np.arange(self.x.shape[0])
        strata = self.y if stratified and self._can_be_stratified(fraction) else None
        training, held_out = train_test_split(rows, test_size=fraction, random_state=seed, stratify=strata)
        return self.chosen(np.sort(training)), self.chosen(np.sort(held_out))

    def _can_be_stratified(self, fraction: float) -> bool:
        if self.y.ndim > 1:
            return False
        classes, sizes = np.unique(self.y, return_counts=True)
        smaller_part = int(len(self.y) * min(fraction, 1 - fraction))
        return bool(sizes.min() >= 2 and len(classes) <= smaller_part)
