"""Metrics with one mistake each, and the check that is there for it."""

from __future__ import annotations

import numpy as np

import glassnet as gn


class Right(gn.Metric):
    """Mean of the outputs' errors in which all is right. Source: by definition."""

    higher_is_better = False
    formula = "mean of |y_pred - y_true|"

    def reset(self):
        self._total = self._count = 0.0

    def update(self, y_true, y_pred, sample_weight=None):
        errors = np.abs(np.subtract(y_pred, y_true, dtype=np.float64)).reshape(len(y_true), -1).mean(axis=1)
        weights = np.ones(len(errors)) if sample_weight is None else sample_weight
        self._total += float(weights @ errors)
        self._count += float(weights.sum())

    def compute(self):
        return self._total / self._count if self._count else float("nan")


class WeightedSumOverSamples(Right):
    """It divides by the number of samples. Source: by definition."""

    def update(self, y_true, y_pred, sample_weight=None):
        super().update(y_true, y_pred, sample_weight)
        if sample_weight is not None:
            self._count += len(y_true) - float(sample_weight.sum())


class WeightsForgotten(Right):
    """It takes weights and does nothing with them. Source: by definition."""

    def update(self, y_true, y_pred, sample_weight=None):
        super().update(y_true, y_pred)


class WithoutWeights(Right):
    """It says that it takes none. Source: by definition."""

    def update(self, y_true, y_pred):
        super().update(y_true, y_pred)


def test_what_is_right_passes(passes):
    passes(Right)


def test_a_metric_need_not_take_weights(passes):
    passes(WithoutWeights)


def test_weights_that_do_not_count_are_caught(caught):
    caught(WeightsForgotten, "weights_are_repetitions")


def test_a_sum_over_the_number_of_samples_is_caught(caught):
    caught(WeightedSumOverSamples, "weights_are_repetitions")
