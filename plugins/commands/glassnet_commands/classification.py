"""What a network answers on samples whose classes are known."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

import glassnet as gn


@dataclass(frozen=True)
class Answers:
    """True and predicted classes of some samples.

    Attributes
    ----------
    classes
        Names of the classes in the order of their labels.
    true, predicted
        Labels, ``(samples,)``.
    probabilities
        ``(samples, classes)``, or None where the network's outputs are no probabilities.
    """

    classes: tuple[str, ...]
    true: gn.Array
    predicted: gn.Array
    probabilities: gn.Array | None

    @property
    def mistakes(self) -> gn.Array:
        """Indices of the samples whose prediction is wrong."""
        return np.flatnonzero(self.true != self.predicted)


def answers(network: gn.Network, split: gn.Split, classes: Sequence[str] = ()) -> Answers:
    """Return what `network`, with one row of outputs a sample, predicts on `split`."""
    outputs = network.predict(split.x)
    probabilities = class_probabilities(network, outputs)
    return Answers(
        classes=class_names(classes, max(2, outputs.shape[1])),
        true=true_labels(split.y),
        predicted=predicted_labels(outputs, threshold_of(network)),
        probabilities=probabilities,
    )


def class_names(classes: Sequence[str], count: int) -> tuple[str, ...]:
    """Return the names of `count` classes: their labels, where they have no names."""
    return tuple(classes) if len(classes) == count else tuple(map(str, range(count)))


def predicted_labels(outputs: gn.Array, threshold: float = 0.5) -> gn.Array:
    """Return the label that each row of outputs means; one output alone means class 1 above `threshold`."""
    labels: gn.Array = outputs[:, 0] > threshold if outputs.shape[1] == 1 else outputs.argmax(axis=1)
    return labels.astype(np.int64)


def threshold_of(network: gn.Network) -> float:
    """Return above which a single output of `network` means class 1: 0 if it gives logits."""
    takes_logits = network.evaluation_config is not None and network.evaluation_config.loss.prediction_type == "logits"
    return 0.0 if takes_logits else 0.5


def true_labels(y: gn.Array) -> gn.Array:
    """Return the labels that targets mean: labels, one-hot rows, or one column of zeros and ones."""
    return y.astype(np.int64) if y.ndim == 1 else predicted_labels(y)


def class_probabilities(network: gn.Network, outputs: gn.Array) -> gn.Array | None:
    """Return the probability of each class, or None where the last layer promises no probabilities."""
    if outputs.ndim != 2 or gn.outputs_of(network.layers)[0] not in ("probabilities", "distribution"):
        return None
    return np.hstack([1 - outputs, outputs]) if outputs.shape[1] == 1 else outputs
