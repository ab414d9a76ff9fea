"""How much each sample counts: weights of samples and of classes.

One rule holds wherever a network is measured. Weights of samples say how much each of them counts: in the loss and in
the metrics, in training, validation and evaluation. Weights of classes say what training is to attend to: they count in
the loss of the data that they are given with, and nowhere else.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import attrs
import numpy as np

from glassnet.arrays import Array, Shape
from glassnet.conversion import as_array
from glassnet.dataset import Split
from glassnet.errors import DataError


@attrs.frozen(eq=False)
class Weights:
    """The weights of some samples.

    Attributes
    ----------
    of_loss
        How much each sample counts in the loss, ``(samples,)``: its own weight times that of its class.
    of_metrics
        How much each counts in metrics: its own weight, or None if samples have none.
    """

    of_loss: Array
    of_metrics: Array | None

    def __getitem__(self, chosen: Any) -> Weights:
        """Return the weights of some of the samples."""
        return Weights(self.of_loss[chosen], None if self.of_metrics is None else self.of_metrics[chosen])

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> Array:
        """Return the weights that most callers mean: those of the loss."""
        return np.array(self.of_loss, dtype, copy=copy)

    def copy(self) -> Weights:
        """Return weights that share no memory with these."""
        return Weights(self.of_loss.copy(), None if self.of_metrics is None else self.of_metrics.copy())


def joined_weights(parts: Sequence[tuple[Weights | None, int]]) -> Weights | None:
    """Return the weights of several batches as those of one; samples without weights count 1.

    Parameters
    ----------
    parts
        The weights of each batch, and its number of samples.
    """
    if all(weights is None for weights, _ in parts):
        return None
    of_loss = [np.ones(samples) if weights is None else weights.of_loss for weights, samples in parts]
    of_metrics = [
        np.ones(samples) if weights is None or weights.of_metrics is None else weights.of_metrics
        for weights, samples in parts
    ]
    have_own = any(weights is not None and weights.of_metrics is not None for weights, _ in parts)
    return Weights(np.concatenate(of_loss), np.concatenate(of_metrics) if have_own else None)


def check_total(weights: Weights | None, name: str) -> None:
    """Raise `DataError` if all samples have weight 0, so that there is nothing to divide by.

    Parameters
    ----------
    weights
        Those of all samples.
    name
        What to call the data in the message, with a space behind it.
    """
    if weights is not None and not weights.of_loss.any():
        raise DataError(no_weight(name))


def no_weight(name: str) -> str:
    """Return the message for data in which no sample counts."""
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
    with np.errstate(over="ignore"):
        total = weights.sum()
    if not np.isfinite(total):
        raise DataError(
            f"weights are too large: their sum is {total} (the largest is {weights.max()}); scale them down"
        )
