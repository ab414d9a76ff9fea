"""Classes as a network sees them: its last layers, its targets, and what its outputs mean."""

from __future__ import annotations

from typing import Any

import attrs
import numpy as np
from sklearn.utils.multiclass import type_of_target

import glassnet as gn


def gives_probabilities(loss: gn.Loss) -> bool:
    """Return whether scores can be turned into probabilities: those of a loss of margins, such as hinge, cannot."""
    return loss.prediction_type != "logits" or bool(loss.options.get("from_logits"))


@attrs.frozen(eq=False)
class ClassTargets:
    """The classes of a classifier, and the loss that decides how they are given to the network.

    Attributes
    ----------
    classes
        The classes in rising order; the numbers of the columns if a sample has several labels.
    is_multilabel
        Whether a sample has several labels: a row of 0 and 1, one number for each label.
    loss
        The loss of the training.
    """

    classes: Any
    is_multilabel: bool
    loss: gn.Loss

    @classmethod
    def of(cls, y: Any, loss: Any, classes: Any = None) -> ClassTargets:
        """Return the classes of some targets, or `classes` if they are given; `loss` is None for the usual one.

        Raises
        ------
        ValueError
            If there is one class alone.
        OptionError
            If samples have several labels, and the loss chooses one class for each sample.
        """
        is_multilabel = type_of_target(y, input_name="y") == "multilabel-indicator"
        known = np.arange(y.shape[1]) if is_multilabel else np.unique(y if classes is None else classes)
        if len(known) < 2 and not is_multilabel:
            raise ValueError(f"a classifier needs at least two classes, got one class: {known.tolist()}")
        usual = "binary_crossentropy" if is_multilabel or len(known) == 2 else "categorical_crossentropy"
        targets = cls(known, is_multilabel, gn.create("loss", usual if loss is None else loss))
        if is_multilabel and targets.are_choice:
            raise gn.OptionError(
                f"the loss {targets.loss!r} chooses one class a sample, and y has several labels a sample; "
                "use binary_crossentropy, or focal(independent=True)"
            )
        return targets

    @property
    def units(self) -> int:
        """The number of outputs. Two classes have one, a yes or no, unless the loss chooses between classes."""
        is_question = len(self.classes) == 2 and not self.is_multilabel and not self.loss.of_classes((1,))
        return 1 if is_question else len(self.classes)

    @property
    def are_choice(self) -> bool:
        """Whether the loss compares the outputs of a sample with each other."""
        return bool(self.loss.of_classes((self.units,)))

    @property
    def link(self) -> str:
        """The activation that turns raw scores into probabilities: ``"softmax"`` or ``"sigmoid"``."""
        is_alike = self.loss.prediction_type == "values" and self.units > 1 and not self.is_multilabel
        return "softmax" if self.are_choice or is_alike else "sigmoid"

    @property
    def output_layers(self) -> list[str]:
        """The last layers of a network for these targets, as specs."""
        return [f"dense({self.units})", *([] if self.loss.prediction_type == "logits" else [self.link])]

    def encode(self, y: Any) -> gn.Array:
        """Return targets as the loss takes them: labels, one-hot rows, or 1 for yes and 0 for no.

        Raises
        ------
        ValueError
            If `y` has a class that is not known, or another number of labels.
        """
        if self.is_multilabel:
            if y.ndim != 2 or y.shape[1] != len(self.classes):
                raise ValueError(
                    f"y has shape {y.shape}, and the classifier knows {len(self.classes)} labels; fit anew"
                )
            return np.asarray(y, np.float64)
        labels = self.labels(y)
        if self.units == 1 or (self.are_choice and "labels" in self.loss.target_types):
            return labels
        return np.eye(self.units)[labels]

    def labels(self, y: Any) -> gn.Array:
        """Return the number of each class, ``(samples,)``.

        Raises
        ------
        ValueError
            If `y` has a class that is not known.
        """
        unknown = np.setdiff1d(y, self.classes)
        if len(unknown):
            raise ValueError(
                f"y has the class {unknown.tolist()[0]!r}; the known classes are {self.classes.tolist()}; fit anew"
            )
        labels: gn.Array = np.searchsorted(self.classes, y)
        return labels

    def decisions(self, raw: gn.Array) -> gn.Array:
        """Return scores, ``(samples, classes)``; for two classes one score, ``(samples,)``, above 0 for the second."""
        if self.is_multilabel or len(self.classes) > 2:
            return raw
        decisions: gn.Array = raw[:, 0] if self.units == 1 else raw[:, 1] - raw[:, 0]
        return decisions

    def decode(self, decisions: gn.Array) -> Any:
        """Return the classes that scores mean; for several labels, rows of 0 and 1."""
        if self.is_multilabel:
            return (decisions > 0).astype(np.intp)
        chosen = (decisions > 0).astype(np.intp) if decisions.ndim == 1 else decisions.argmax(axis=1)
        return self.classes[chosen]

    def probabilities(self, raw: gn.Array) -> gn.Array:
        """Return the probability of each class, ``(samples, classes)``, or of each label."""
        p: gn.Array = gn.create("activation", self.link).forward(raw)
        if self.is_multilabel:
            return p
        if self.units == 1:
            return np.hstack([1 - p, p])
        # Independent answers to the question of each class do not sum to 1.
        return p if self.link == "softmax" else p / p.sum(axis=1, keepdims=True)

    def class_weight(self, given: Any, y: Any, weights: Any) -> dict[int, float] | None:
        """Return the weight of each class by its label, as `Network.fit` takes it.

        Parameters
        ----------
        given
            A weight for each class by name, of which those left out count 1; ``"balanced"``: the sum of all sample
            weights / (classes * sum of those of the class), as in scikit-learn; or None.
        y, weights
            The classes of the samples, and their weights or None.

        Raises
        ------
        ValueError
            If samples have several labels, a class is not known, or `given` is another text.
        """
        if given is None:
            return None
        if self.is_multilabel:
            raise ValueError("class_weight is for one class a sample, and y has several labels; use sample_weight")
        if isinstance(given, str) and given != "balanced":
            raise ValueError(f"class_weight={given!r} does not exist; use 'balanced', or weights by class")
        if given == "balanced":
            totals = np.bincount(np.searchsorted(self.classes, y), weights, minlength=len(self.classes))
            present = np.count_nonzero(totals)
            return {label: float(totals.sum() / (present * t)) if t else 1.0 for label, t in enumerate(totals)}
        unknown = [name for name in given if name not in self.classes]
        if unknown:
            raise ValueError(f"class_weight has {unknown[0]!r}, which is not one of {self.classes.tolist()}")
        return {label: float(given.get(name, 1.0)) for label, name in enumerate(self.classes.tolist())}
