"""How much each sample counts: weights of samples and of classes."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import attrs
import numpy as np

from glassnet.arrays import Array, Shape
from glassnet.conversion import as_array
from glassnet.dataset import Split
from glassnet.errors import DataError


def weighted(split: Split, sample_weight: Any = None) -> Split:
    """Return `split` with a weight for each sample: its own, times the one that is given.

    Raises
    ------
    DataError
        When a weight is negative or not finite, or there are not as many as samples.
    """
    if sample_weight is None and split.weights is None:
        return split
    weights = np.ones(len(split)) if split.weights is None else np.asarray(split.weights, np.float64)
    if sample_weight is not None:
        given = np.asarray(as_array(sample_weight, "sample_weight"), np.float64)
        attrs.evolve(split, weights=given)  # sees to it that there is one for each sample
        weights = weights * given
    _check(weights)
    return attrs.evolve(split, weights=weights)


def check_class_weight(class_weight: Mapping[int, float], output_shape: Shape) -> None:
    """Refuse weights that are none, and those for a network that answers more than once a sample.

    Raises
    ------
    DataError
        When a weight is negative or not finite, or an output has more than one axis.
    """
    _check(np.array(list(class_weight.values()), np.float64))
    if len(output_shape) > 1:
        shape = ", ".join(["batch", *map(str, output_shape)])
        raise DataError(
            f"class_weight is for one class a sample, and outputs of shape ({shape}) have several; "
            "weigh the samples: sample_weight=…"
        )


def weights_by_class(y: Array, class_weight: Mapping[int, float]) -> Array:
    """Return the weight of each sample's class, ``(batch,)``, for targets that are labels or one-hot rows.

    Raises
    ------
    DataError
        When the targets are neither, or a class has no weight.
    """
    classes, places = np.unique(class_labels(y), return_inverse=True)
    missing = [label for label in classes.tolist() if label not in class_weight]
    if missing:
        raise DataError(f"class_weight has no weight for class {missing[0]}; give one for each class in the data")
    weights: Array = np.array([class_weight[label] for label in classes.tolist()], np.float64)[places]
    return weights


def class_labels(y: Array) -> Array:
    """Return the class of each sample, ``(batch,)``, for targets that are labels or one-hot rows.

    Raises
    ------
    DataError
        If the targets are neither.
    """
    if y.ndim > 1 and y.shape[1:] != (1,):
        if y.ndim != 2 or not (np.count_nonzero(y, axis=1) == 1).all() or not (y.max(axis=1) == 1).all():
            raise DataError(
                f"class_weight needs labels or one-hot rows, and the targets of shape {y.shape} are neither; "
                "give such targets, or weigh the samples: sample_weight=…"
            )
        y = y.argmax(axis=1)
    labels: Array = y.reshape(len(y))
    return labels


def _check(weights: Array) -> None:
    if not (np.isfinite(weights).all() and (weights >= 0).all()):
        raise DataError(f"weights must be finite and >= 0 (got {weights.min()} to {weights.max()})")
