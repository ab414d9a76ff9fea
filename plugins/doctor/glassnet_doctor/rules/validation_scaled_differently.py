"""Validation data that are scaled by other numbers than the training data."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import numpy as np

import glassnet as gn

if TYPE_CHECKING:
    from glassnet_doctor.case import Case


class ValidationScaledDifferently(gn.Rule):
    """Finds validation inputs of quite another size, and ones that are scaled by their own statistics.

    The mean of a sample of n values that are scaled by other data is off by about a deviation divided by the root of n.
    Means of exactly zero in each column show that the numbers are those of the sample itself.
    """

    needs = ("validation",)
    reference = "Kapoor and Narayanan (2023), Leakage and the reproducibility crisis, Patterns 4(9)"

    def examine(self, case: Case) -> Iterator[gn.Finding]:
        if case.inputs.dtype.kind in "iu" or case.validation_batch is None:
            return
        assert case.validation is not None
        x, other = (each.reshape(-1, each.shape[-1]) for each in (case.inputs, self._other(case)))
        if min(len(x), len(other)) < 30:
            return
        (mean, deviation), (other_mean, other_deviation) = map(_without_outliers, (case.inputs, self._other(case)))
        shift = abs(other_mean - mean) / max(deviation, 1e-12)
        ratio = other_deviation / max(deviation, 1e-12)
        if min(deviation, other_deviation) > 0 and (shift > 3 or not 0.2 < ratio < 5):
            yield self.finding(
                0.96,
                "the validation inputs",
                "they are of another size than the training inputs",
                "scale both with mean and deviation of the training data",
                mean_of_training=mean,
                mean_of_validation=other_mean,
                deviation_of_training=deviation,
                deviation_of_validation=other_deviation,
            )
        elif case.inputs.ndim == 2 and all(_is_standardized(each.astype(np.float64)) for each in (x, other)):
            yield self.finding(
                0.95,
                "the validation inputs",
                "they are scaled by their own mean and deviation, and not by those of the training data",
                "scale both with mean and deviation of the training data",
                largest_mean_of_validation=np.abs(other.mean(axis=0, dtype=np.float64)).max(),
                expected_by_chance=1 / np.sqrt(len(other)),
            )

    def _other(self, case: Case) -> gn.Array:
        assert case.validation is not None
        return case.prepared(case.validation[:5000])[0]


def _without_outliers(x: gn.Array) -> tuple[float, float]:
    """Return mean and deviation of some samples, but for the largest and least half percent of their numbers."""
    some = x[:: max(len(x) // 500, 1)].astype(np.float64)
    clipped = np.clip(some, *np.quantile(some, [0.005, 0.995]))
    return float(clipped.mean()), float(clipped.std())


def _is_standardized(x: gn.Array) -> bool:
    """Tell whether each column has mean 0 and deviation 1, much closer than by chance."""
    near = 0.02 / np.sqrt(len(x))
    means, deviations = np.abs(x.mean(axis=0)), x.std(axis=0)
    return bool((means < near).all() and (np.abs(deviations[deviations > 1e-6] - 1) < near).all())
