"""Several columns of classes: one network with a softmax for each column."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import attrs
import numpy as np

import glassnet as gn
from glassnet_sklearn.class_targets import ClassTargets, gives_probabilities


@attrs.frozen(eq=False)
class ClassColumns:
    """The classes of each of several columns, and the loss. The methods are those of `ClassTargets`.

    Each column has as many outputs as the column with the most classes. Those behind the classes of a smaller column
    are never right, and count neither in scores nor in probabilities.

    Attributes
    ----------
    columns
        The classes of each column.
    loss
        The loss of the training.
    """

    columns: tuple[ClassTargets, ...]
    loss: gn.Loss

    @classmethod
    def of(cls, y: Any, loss: Any, classes: Sequence[Any] | None = None) -> ClassColumns:
        """Return the classes of each column of `y`, or `classes` if they are given.

        Raises
        ------
        ValueError
            If a column has one class alone, or the loss does not choose between classes.
        """
        made = gn.create("loss", "categorical_crossentropy" if loss is None else loss)
        if classes is not None and len(classes) != y.shape[1]:
            raise ValueError(f"classes has {len(classes)} lists, and y has {y.shape[1]} columns; give one for each")
        known = [None] * y.shape[1] if classes is None else classes
        columns = tuple(ClassTargets.of(y[:, place], made, known[place]) for place in range(y.shape[1]))
        targets = cls(columns, made)
        if not made.of_classes((targets.units,)) or not gives_probabilities(made):
            raise gn.OptionError(
                f"the loss {made!r} does not choose a class by probabilities, and y has {y.shape[1]} columns of "
                "classes; use categorical_crossentropy, or MultiOutputClassifier(gn.Classifier(…))"
            )
        return targets

    @property
    def classes(self) -> list[Any]:
        """The classes of each column, in rising order."""
        return [column.classes for column in self.columns]

    @property
    def units(self) -> int:
        """The number of outputs for a column."""
        return max(len(column.classes) for column in self.columns)

    @property
    def output_layers(self) -> list[str]:
        """The last layers of a network for these targets, as specs."""
        shape = len(self.columns), self.units
        last = [] if self.loss.prediction_type == "logits" else ["softmax"]
        return [f"dense({shape[0] * shape[1]})", f"reshape({shape})", *last]

    def encode(self, y: Any) -> gn.Array:
        """Return the label in each column, ``(samples, columns)``."""
        if y.ndim != 2 or y.shape[1] != len(self.columns):
            raise ValueError(f"y has shape {y.shape}, and the classifier knows {len(self.columns)} columns; fit anew")
        labels = [column.labels(y[:, place]) for place, column in enumerate(self.columns)]
        return np.stack(labels, axis=1)

    def decisions(self, raw: gn.Array) -> list[gn.Array]:
        """Return the scores of each column, ``(samples, classes)``."""
        return [raw[:, place, : len(column.classes)] for place, column in enumerate(self.columns)]

    def decode(self, decisions: Sequence[gn.Array]) -> Any:
        """Return the class in each column, ``(samples, columns)``."""
        chosen = [column.classes[scores.argmax(axis=1)] for column, scores in zip(self.columns, decisions, strict=True)]
        return np.stack(chosen, axis=1)

    def probabilities(self, raw: gn.Array) -> list[gn.Array]:
        """Return the probability of each class, ``(samples, classes)`` for each column."""
        softmax = gn.create("activation", "softmax")
        return [softmax.forward(scores) for scores in self.decisions(raw)]

    def class_weight(self, given: Any, y: Any, weights: Any) -> None:
        """Raise `ValueError` if there are weights of classes."""
        if given is not None:
            raise ValueError(
                f"class_weight={given!r} is for one column of classes, and y has {len(self.columns)}; "
                "use sample_weight=compute_sample_weight(class_weight, y) of scikit-learn"
            )
