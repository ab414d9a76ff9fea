"""F1: precision and recall in one figure."""

from __future__ import annotations

import glassnet as gn
from glassnet_metrics.class_figure import ClassFigure, ratio


class F1(ClassFigure):
    """The harmonic mean of a class's precision and recall, 0..1.

    By default that of class 1 where there are two classes (one sigmoid output, or two softmax outputs), and else
    the mean over the classes that occur or are predicted. A class of which no sample is found has F1 0. Over no
    samples at all, it is NaN.

    van Rijsbergen (1979), Information Retrieval, chapter 7.

    Shapes
    ------
    outputs and targets
        as for `accuracy`; with `independent`, targets are 0 or 1 in the shape of the outputs

    Conventions
    -----------
    scikit-learn's ``f1_score`` with ``average="binary"`` for two classes and ``"macro"`` for more: the mean of the
    classes' F1, and not the harmonic mean of their mean precision and recall.

    Raises
    ------
    ShapeError, DataError
        When targets and outputs do not belong together.
    OptionError
        When `of` is none of the classes.
    """

    checks = gn.Checks(
        counterpart="sklearn.metrics.f1_score(true_labels, predicted_labels, zero_division=0.0, "
        "labels=None if of is None else [of], average='macro' if of is not None else average if average != 'auto' "
        "else 'binary' if classes.size == 2 else 'macro')"
    )
    formula = "2 right predictions of the class / (predictions of the class + samples of the class)"

    def figures(self, right: gn.Array, predicted: gn.Array, actual: gn.Array) -> gn.Array:
        return ratio(2 * right, predicted + actual)
