"""What a threshold on the probability of a class leads to: the curves of binary classification, in NumPy.

`true` is ``(samples,)``, 1 for the class in question and 0 for the other one; `scores` is ``(samples,)``, larger for
samples that are more likely of that class. Both classes have to occur.
"""

from __future__ import annotations

import attrs
import numpy as np

from glassnet.types import Array


@attrs.frozen
class Counts:
    """How many samples are called positive at each threshold, from the highest to the lowest.

    Attributes
    ----------
    thresholds
        Every score that occurs; scores from the threshold on are called positive.
    true_positives, false_positives
        The samples that are called so, rightly and wrongly.
    positives, negatives
        The samples of the two classes.
    """

    thresholds: Array
    true_positives: Array
    false_positives: Array
    positives: int
    negatives: int


def counts_at_thresholds(true: Array, scores: Array) -> Counts:
    """Return the counts at each score that occurs."""
    thresholds, place = np.unique(-scores, return_inverse=True)
    right = np.bincount(place, weights=true, minlength=len(thresholds)).cumsum()
    called = np.bincount(place, minlength=len(thresholds)).cumsum()
    positives = int(true.sum())
    return Counts(-thresholds, right, called - right, positives, len(true) - positives)


def roc_curve(true: Array, scores: Array) -> tuple[Array, Array, Array]:
    """Return the rate of false alarms, the rate of hits, and the thresholds; the first one calls nothing positive.

    hits = true positives / positives;  false alarms = false positives / negatives.

    Fawcett (2006), An introduction to ROC analysis, Pattern Recognition Letters 27(8), algorithm 1.
    """
    counts = counts_at_thresholds(true, scores)
    false_alarms = np.append(0, counts.false_positives) / counts.negatives
    hits = np.append(0, counts.true_positives) / counts.positives
    return false_alarms, hits, np.append(np.inf, counts.thresholds)


def area_under(x: Array, y: Array) -> float:
    """Return the area under a curve of straight lines: sum (x_i+1 - x_i) (y_i+1 + y_i) / 2."""
    return float(np.sum(np.diff(x) * (y[1:] + y[:-1]) / 2))


def precision_recall_curve(true: Array, scores: Array) -> tuple[Array, Array, Array]:
    """Return precision, recall and the thresholds, from the highest to the lowest.

    precision = true positives / all that are called positive;  recall = true positives / positives.

    Davis and Goadrich (2006), The Relationship Between Precision-Recall and ROC Curves, ICML.
    """
    counts = counts_at_thresholds(true, scores)
    precision = counts.true_positives / (counts.true_positives + counts.false_positives)
    return precision, counts.true_positives / counts.positives, counts.thresholds


def average_precision(precision: Array, recall: Array) -> float:
    """Return the mean precision over all recalls: sum (r_i - r_i-1) p_i."""
    return float(np.sum(np.diff(recall, prepend=0) * precision))


def best_f1_threshold(true: Array, scores: Array) -> float:
    """Return the threshold with the largest F1 = 2 p r / (p + r); of equal ones, the highest."""
    precision, recall, thresholds = precision_recall_curve(true, scores)
    return float(thresholds[np.argmax(2 * precision * recall / np.maximum(precision + recall, 1e-12))])


def calibration_curve(true: Array, probabilities: Array, bins: int = 10) -> tuple[Array, Array, Array]:
    """Return the mean probability, the share of the class and the number of samples in bins of equal width.

    Bins without samples are left out. A probability on the border of two bins belongs to the upper one.

    Niculescu-Mizil and Caruana (2005), Predicting Good Probabilities With Supervised Learning, ICML.
    """
    place = np.minimum((probabilities * bins).astype(np.int64), bins - 1)
    samples = np.bincount(place, minlength=bins)
    held = samples > 0
    means, shares = (
        np.bincount(place, weights=values, minlength=bins)[held] / samples[held] for values in (probabilities, true)
    )
    return means, shares, samples[held]


def brier_score(true: Array, probabilities: Array) -> float:
    """Return the mean of (probability - truth)^2.

    Brier (1950), Verification of forecasts expressed in terms of probability, Monthly Weather Review 78(1).
    """
    return float(np.mean((probabilities - true) ** 2))
