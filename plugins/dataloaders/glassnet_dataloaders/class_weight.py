"""Weights of classes: by label, in the order of the labels, or balanced."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from typing import Any

import numpy as np

from glassnet.data.arrays import as_array, row_blocks
from glassnet.data.loader import DataLoader
from glassnet.errors import DataError, OptionError
from glassnet.types import Array, Shape
from glassnet_splits.weights import check_weights


def class_weights(given: Any, data: DataLoader, output_shape: Shape) -> LabelWeights:
    """Return a weight for each label.

    Parameters
    ----------
    given
        A mapping from label to weight, weights in the order of the labels, or ``"balanced"``.
    data
        The data that are trained on, in which ``"balanced"`` counts the samples of each class.
    output_shape
        The shape of one output of the network, which has a number for each class, or one number for two classes.

    Raises
    ------
    OptionError, DataError
        If the weights have another form, or do not fit the classes.
    """
    if isinstance(given, str):
        return LabelWeights(_balanced(given, data), output_shape)
    if isinstance(given, Mapping):
        return LabelWeights({_label(label): _weight(weight, label) for label, weight in given.items()}, output_shape)
    if np.isscalar(given):
        raise OptionError(
            "class_weight is a number; give one weight for each class: class_weight={0: 1.0, 1: 5.0}, or 'balanced'"
        )
    weights = as_array(given, "class_weight")
    classes = max(2, output_shape[-1]) if output_shape else 2
    if weights.shape != (classes,):
        raise DataError(
            f"class_weight has shape {weights.shape}, and there are {classes} classes; "
            f"give {classes} weights in the order of the labels, or a dictionary: {{0: 1.0, 1: 5.0}}"
        )
    return LabelWeights(dict(enumerate(weights.tolist())), output_shape)


class LabelWeights:
    """How much the samples of each class count in the loss.

    Parameters
    ----------
    by_class
        A weight for each class.
    output_shape
        Shape of one sample's output.

    Raises
    ------
    DataError
        If a weight is negative or not finite, or the network has more than one answer a sample.
    """

    def __init__(self, by_class: Mapping[int, float], output_shape: Shape) -> None:
        _check_class_weight(by_class, output_shape)
        self.by_class = by_class
        classes = max(2, *output_shape[-1:])
        # At the index of a label, so that -1, a hinge's no, is at the end: sorting the labels takes 20 times as long.
        labels = [*range(classes), -1]
        self._by_label = np.array([by_class.get(label, np.nan) for label in labels], np.float64)
        self._are_known = all(label in labels for label in by_class)

    def times(self, weights: Array | None, y: Array) -> Array:
        """Return the weights in the loss of samples with checked targets, and with weights of their own or None."""
        by_class = self._of(y)
        return by_class if weights is None else weights * by_class

    def of_unchecked(self, weights: Array | None, y: Array) -> Array:
        """Return the same for targets that were not checked; raise `DataError` if a class has no weight."""
        by_class = _weights_by_class(y, self.by_class)
        return by_class if weights is None else weights * by_class

    def _of(self, y: Array) -> Array:
        if not self._are_known:
            return _weights_by_class(y, self.by_class)
        labels = y if y.ndim == 1 else y[:, 0] if y.shape[1] == 1 else y.argmax(axis=1)
        of_samples: Array = self._by_label[labels.astype(np.intp, copy=False)]
        return of_samples


def _balanced(given: str, data: DataLoader) -> dict[int, float]:
    """Return ``samples / (classes * samples of the class)`` for each class that has samples."""
    if given != "balanced":
        raise OptionError(
            f"class_weight={given!r} does not exist; write class_weight='balanced', or {{0: 1.0, 1: 5.0}}"
        )
    y = getattr(data, "y", None)
    if y is None:
        raise DataError(
            "class_weight='balanced' counts the samples before training, which batches do not allow; "
            "give the weights: {0: 1.0, 1: 5.0}"
        )
    counts: Counter[float] = Counter()
    for block in row_blocks(y):
        labels, found = np.unique(_class_labels(np.asarray(y[block])), return_counts=True)
        if (labels % 1 != 0).any():
            raise DataError(
                f"class_weight='balanced' needs labels, and y has {labels[labels % 1 != 0][0]}; "
                "give integers from 0, or leave class_weight out"
            )
        counts.update(dict(zip(labels.tolist(), found.tolist(), strict=True)))
    if hasattr(data, "counts_of_all"):  # samples that several processes have parts of
        counts = data.counts_of_all(counts)
    return {int(label): counts.total() / (len(counts) * count) for label, count in counts.items()}


def _label(label: Any) -> int:
    if isinstance(label, (int, float, np.integer, np.floating, np.bool_)) and float(label).is_integer():
        return int(label)
    raise OptionError(f"class_weight has the label {label!r}; labels are integers: {{0: 1.0, 1: 5.0}}")


def _weight(weight: Any, label: Any) -> float:
    try:
        return float(weight)
    except (TypeError, ValueError):
        raise OptionError(f"class_weight of class {label} is {weight!r}; give a number >= 0") from None


def _check_class_weight(class_weight: Mapping[int, float], output_shape: Shape) -> None:
    """Raise `DataError` if a weight is negative or not finite, or an output has more than one axis."""
    check_weights(np.array(list(class_weight.values()), np.float64))
    if len(output_shape) > 1:
        shape = ", ".join(["batch", *map(str, output_shape)])
        raise DataError(
            f"class_weight is for one class a sample, and outputs of shape ({shape}) have several; "
            "weigh the samples: sample_weight=…"
        )


def _weights_by_class(y: Array, class_weight: Mapping[int, float]) -> Array:
    """Return the weight of each sample's class, ``(batch,)``, for targets that are labels or one-hot rows.

    Raises
    ------
    DataError
        When the targets are neither, or a class has no weight.
    """
    classes, places = np.unique(_class_labels(y), return_inverse=True)
    missing = [label for label in classes.tolist() if label not in class_weight]
    if missing:
        raise DataError(f"class_weight has no weight for class {missing[0]}; give one for each class in the data")
    weights: Array = np.array([class_weight[label] for label in classes.tolist()], np.float64)[places]
    return weights


def _class_labels(y: Array) -> Array:
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
