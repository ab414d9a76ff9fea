"""What precision, recall and F1 share: counting, class by class, and making one figure of the counts."""

from __future__ import annotations

from typing import ClassVar

import numpy as np

import glassnet as gn
from glassnet_metrics.class_counts import count_answers, count_classes


class ClassFigure(gn.Metric):
    """A figure made of three counts for each class: how often it was rightly predicted, predicted, and true."""

    mergeable: ClassVar[bool] = True
    average: str = gn.option(
        "auto",
        choices=("auto", "macro", "micro", "weighted"),
        help="over classes: their mean, that of all counts together, or their mean weighted by samples; "
        "by default class 1 of two classes, and the mean of more",
    )
    of: int | None = gn.option(None, ge=0, help="the class to look at alone, in place of an average")
    threshold: float | None = gn.option(
        None, help="above which a single or independent output means yes; None: 0 for logits, else 0.5"
    )
    independent: bool = gn.option(False, help="whether several outputs are questions of their own, and no classes")

    higher_is_better: ClassVar[bool] = True
    target_types = ("labels", "one_hot", "binary")

    def figures(self, right: gn.Array, predicted: gn.Array, actual: gn.Array) -> gn.Array:
        """Return the figure of each class, given its counts."""
        raise NotImplementedError(f"{type(self).__name__} needs figures()")

    def reset(self) -> None:
        self._samples = 0
        self._counts = np.zeros((3, 0), np.int64)

    def update(self, y_true: gn.Array, y_pred: gn.Array, sample_weight: gn.Array | None = None) -> None:
        count = count_answers if self.independent else count_classes
        counts = np.array(count(self, y_true, y_pred, sample_weight))
        classes = counts.shape[1]
        if self.of is not None and self.of >= classes:
            raise gn.OptionError(f"{self!r}: there is no class {self.of}; the network tells 0..{classes - 1} apart")
        self._samples += len(y_pred)
        self._counts = self._counts + counts if self._counts.size else counts

    def compute(self) -> float:
        if self._samples == 0:
            return float("nan")
        if self.average == "micro" and self.of is None:
            return float(self.figures(*self._counts.sum(axis=1)))
        _, predicted, actual = self._counts
        figures = self.figures(*self._counts)
        if self.of is not None:
            return float(figures[self.of])
        if self.average == "auto" and len(figures) == 2 and not self.independent:
            return float(figures[1])
        if self.average == "weighted":
            return float(ratio(figures @ actual, actual.sum()))
        # A class that neither occurred nor was predicted in samples with weight has no figure.
        counted = (predicted + actual > 0) | self.independent
        return float(figures[counted].mean()) if counted.any() else float("nan")


def ratio(part: gn.Array, whole: gn.Array) -> gn.Array:
    """Return ``part / whole``; 0 where the whole is 0."""
    part, whole = np.asarray(part, np.float64), np.asarray(whole, np.float64)
    return np.divide(part, whole, out=np.zeros_like(part), where=whole > 0)
