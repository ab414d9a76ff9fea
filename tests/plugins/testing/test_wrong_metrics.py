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


class RightMerged(Right):
    """Its totals add up, and it says so. Source: by definition."""

    mergeable = True


class LargestMerged(gn.Metric):
    """It says that its totals add up, and they are a maximum. Source: by definition."""

    higher_is_better = False
    mergeable = True
    formula = "max |y_pred - y_true|"

    def reset(self):
        self._largest = 0.0

    def update(self, y_true, y_pred):
        self._largest = max(self._largest, float(np.abs(np.subtract(y_pred, y_true)).max(initial=0)))

    def compute(self):
        return self._largest


def test_totals_that_add_up_may_be_merged(passes):
    passes(RightMerged)


def test_a_maximum_that_is_added_up_is_caught(caught):
    caught(LargestMerged, "copies_can_be_merged")


def test_what_is_right_passes(passes):
    passes(Right)


def test_a_metric_need_not_take_weights(passes):
    passes(WithoutWeights)


def test_weights_that_do_not_count_are_caught(caught):
    caught(WeightsForgotten, "weights_are_repetitions")


def test_a_sum_over_the_number_of_samples_is_caught(caught):
    caught(WeightedSumOverSamples, "weights_are_repetitions")
