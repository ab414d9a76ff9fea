"""How much each sample counts: weights of samples and of classes.

One rule holds wherever a network is measured. Weights of samples say how much each of them counts: in the loss and in
the metrics, in training, validation and evaluation. Weights of classes say what training is to attend to: they count in
the loss of the data that they are given with, and nowhere else.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import attrs
import numpy as np

from glassnet.components.dataset import Split
from glassnet.data.conversion import as_array
from glassnet.errors import DataError
from glassnet.types import Array, Shape


class ClassWeights:
    """How much the samples of each class count in the loss.

    Parameters
    ----------
    class_weight
        A weight for each class; targets have to be checked by `weights_by_class` before they come here.
    output_shape
        Shape of one sample's output.
    """

    def __init__(self, class_weight: Mapping[int, float], output_shape: Shape) -> None:
        self._class_weight = class_weight
        classes = max(2, *output_shape[-1:])
        # At the index of a label, so that -1, a hinge's no, is at the end: sorting the labels takes 20 times as long.
        labels = [*range(classes), -1]
        self._by_label = np.array([class_weight.get(label, np.nan) for label in labels], np.float64)
        self._are_known = all(label in labels for label in class_weight)

    def times(self, weights: Array | None, y: Array) -> Array:
        """Return the weights in the loss of samples with these targets, and with weights of their own or None."""
        by_class = self._of(y)
        return by_class if weights is None else weights * by_class

    def of_unchecked(self, weights: Array | None, y: Array) -> Array:
        """Return the same for targets that were not checked; raise `DataError` if a class has no weight."""
        by_class = weights_by_class(y, self._class_weight)
        return by_class if weights is None else weights * by_class

    def _of(self, y: Array) -> Array:
        if not self._are_known:
            return weights_by_class(y, self._class_weight)
        labels = y if y.ndim == 1 else y[:, 0] if y.shape[1] == 1 else y.argmax(axis=1)
        of_samples: Array = self._by_label[labels.astype(np.intp, copy=False)]
        return of_samples


def no_weight(name: str, *, masked: bool = False) -> str:
    """Return the message for data in which no sample counts.

    Parameters
    ----------
    name
        What to call the data, with a space behind it.
    masked
        Whether a mask leaves padded time steps out.
    """
    if masked:
        return (
            "no time step counts: all time steps are padding, or the weights of their samples are 0; "
            "give samples with real steps"
        )
    return f"all {name}weights are 0, so no sample counts; give at least one sample a weight above 0"


def weighted(split: Split, sample_weight: Any = None) -> Split:
    """Return `split` with a weight for each sample: its own, times the one that is given.

    Raises
    ------
    DataError
        When a weight is negative or not finite, there are not as many as samples, or the sum is not finite.
    """
    if sample_weight is None and split.weights is None:
        return split
    weights = np.ones(len(split)) if split.weights is None else np.asarray(split.weights, np.float64)
    if sample_weight is not None:
        given = np.asarray(as_array(sample_weight, "sample_weight"), np.float64)
        attrs.evolve(split, weights=given)  # sees to it that there is one for each sample
        weights = weights * given
    check_weights(weights)
    return attrs.evolve(split, weights=weights)


def check_class_weight(class_weight: Mapping[int, float], output_shape: Shape) -> None:
    """Refuse weights that are none, and those for a network that answers more than once a sample.

    Raises
    ------
    DataError
        When a weight is negative or not finite, or an output has more than one axis.
    """
    check_weights(np.array(list(class_weight.values()), np.float64))
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


def check_weights(weights: Array) -> None:
    """Raise `DataError` if a weight is negative or not finite, or their sum is not finite."""
    if not (np.isfinite(weights).all() and (weights >= 0).all()):
        raise DataError(f"weights must be finite and >= 0 (got {weights.min()} to {weights.max()})")
    with np.errstate(over="ignore"):
        total = weights.sum()
    if not np.isfinite(total):
        raise DataError(
            f"weights are too large: their sum is {total} (the largest is {weights.max()}); scale them down"
        )
