"""R²: how much of the variance is explained."""

from __future__ import annotations

from typing import ClassVar, Self

import numpy as np

import glassnet as gn
from glassnet_metrics.same_shape import check_same_shape
from glassnet_metrics.weighting import repeated


class R2(gn.Metric):
    """The coefficient of determination: 1 is perfect, 0 is what predicting the mean of the targets gives.

    With several outputs, on the last axis, it is the mean of their coefficients. Where the targets of an output are
    all the same, its coefficient is 1 if each prediction is exactly right, else 0. Over fewer than two samples, it
    is NaN.

    The spread of the targets is gathered batch by batch without a second pass: Chan, Golub and LeVeque (1983),
    Algorithms for Computing the Sample Variance, The American Statistician 37(3), 242-247. Wright (1921), Correlation
    and Causation, Journal of Agricultural Research 20.

    Conventions
    -----------
    scikit-learn's ``r2_score`` with its default ``multioutput="uniform_average"``.

    Raises
    ------
    ShapeError
        When targets and outputs differ in shape.
    """

    mergeable: ClassVar[bool] = True
    higher_is_better: ClassVar[bool] = True
    undefined = "it needs two samples, with weights above 0"

    formula = "1 - sum (y_pred - y_true)^2 / sum (y_true - mean of y_true)^2"
    checks = gn.Checks(counterpart="sklearn.metrics.r2_score")

    def reset(self) -> None:
        self._samples = 0
        self._weight = 0.0
        self._first = self._mean = self._spread = self._residual = np.zeros(1)

    def update(self, y_true: gn.Array, y_pred: gn.Array, sample_weight: gn.Array | None = None) -> None:
        check_same_shape(self, y_true, y_pred)
        outputs = y_true.shape[-1] if y_true.ndim > 1 else 1
        targets, predictions = (y.reshape(-1, outputs).astype(np.float64) for y in (y_true, y_pred))
        weights = repeated(sample_weight, y_true[..., 0] if y_true.ndim > 1 else y_true)
        weight = len(targets) if weights is None else float(weights.sum())
        if weight == 0:
            return
        if self._weight == 0:
            self._first = targets[0].copy()
        self._residual = self._residual + _sum(np.square(predictions - targets), weights)
        # Measured from the first target, equal targets have a spread of exactly 0.
        targets -= self._first
        mean = _sum(targets, weights) / weight
        self._add(weight, mean, _sum(np.square(targets - mean), weights))
        self._samples += len(targets) if weights is None else int(np.count_nonzero(weights))

    def merge(self, other: Self) -> None:
        if other._weight == 0:
            return
        if self._weight == 0:
            self._first = other._first
        self._residual = self._residual + other._residual
        self._add(other._weight, other._first - self._first + other._mean, other._spread)
        self._samples += other._samples

    def _add(self, weight: float, mean: gn.Array, spread: gn.Array) -> None:
        """Add targets of this weight, with a mean measured from the first target and a spread around it."""
        total = self._weight + weight
        step = mean - self._mean
        self._spread = self._spread + spread + step**2 * (self._weight * weight / total)
        self._mean = self._mean + step * (weight / total)
        self._weight = total

    def compute(self) -> float:
        if self._samples < 2:
            return float("nan")
        varied = self._spread > 0
        unexplained = np.divide(self._residual, self._spread, out=(self._residual > 0).astype(np.float64), where=varied)
        return float(np.mean(1 - unexplained))


def _sum(values: gn.Array, weights: gn.Array | None) -> gn.Array:
    """Return the sum of each column, rows counted by their weights."""
    total: gn.Array = values.sum(axis=0) if weights is None else weights @ values
    return total
