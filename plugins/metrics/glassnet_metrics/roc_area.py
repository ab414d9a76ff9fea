"""The area under the ROC curve of one class."""

from __future__ import annotations

import numpy as np

import glassnet as gn


def area(scores: gn.Array, positive: gn.Array, weights: gn.Array | None) -> float:
    """Return the share of the pairs of a positive and another sample in which the positive has the higher score."""
    if weights is not None:
        return _weighted_area(scores, positive, weights)
    yes, no = np.sort(scores[positive]), np.sort(scores[~positive])
    if len(yes) == 0 or len(no) == 0 or np.isnan(yes[-1]) or np.isnan(no[-1]):
        return float("nan")
    below, not_above = np.searchsorted(no, yes, "left"), np.searchsorted(no, yes, "right")
    return int((below + not_above).sum()) / (2 * len(yes) * len(no))


def _weighted_area(scores: gn.Array, positive: gn.Array, weights: gn.Array) -> float:
    """Return the same where a pair counts the product of its samples' weights."""
    order = np.argsort(scores[~positive], kind="stable")
    yes, no = scores[positive], scores[~positive][order]
    weights = weights / (weights.max() or 1)  # products neither overflow nor vanish
    weight_of_yes = weights[positive]
    weight_up_to = np.concatenate([[0.0], np.cumsum(weights[~positive][order])])
    pairs = weight_of_yes.sum() * weight_up_to[-1]
    if pairs == 0 or np.isnan(scores).any():
        return float("nan")
    below = weight_up_to[np.searchsorted(no, yes, "left")]
    not_above = weight_up_to[np.searchsorted(no, yes, "right")]
    return float(weight_of_yes @ (below + not_above) / (2 * pairs))
