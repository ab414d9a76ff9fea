"""Precision: how many of the predictions of a class are right."""

from __future__ import annotations

import glassnet as gn
from glassnet_metrics.class_figure import ClassFigure, ratio


class Precision(ClassFigure):
    """Of the samples that are predicted to be of a class, the part that is, 0..1.

    By default that of class 1 where there are two classes (one sigmoid output, or two softmax outputs), and else
    the mean over the classes that occur or are predicted. A class that is never predicted has precision 0. Over
    no samples at all, it is NaN.

    van Rijsbergen (1979), Information Retrieval, chapter 7.

    Shapes
    ------
    outputs and targets
        as for `accuracy`; with `independent`, targets are 0 or 1 in the shape of the outputs

    Conventions
    -----------
    scikit-learn's ``precision_score`` with ``average="binary"`` for two classes and ``"macro"`` for more; without its
    warnings. Keras' ``Precision`` is ours with ``independent=True, average="micro"``.

    Raises
    ------
    ShapeError, DataError
        When targets and outputs do not belong together.
    OptionError
        When `of` is none of the classes.
    """

    checks = gn.Checks(
        counterpart="sklearn.metrics.precision_score(true_labels, predicted_labels, zero_division=0.0, "
        "labels=None if of is None else [of], average='macro' if of is not None else average if average != 'auto' "
        "else 'binary' if classes.size == 2 else 'macro')"
    )
    formula = "right predictions of the class / predictions of the class"

    def figures(self, right: gn.Array, predicted: gn.Array, actual: gn.Array) -> gn.Array:
        return ratio(right, predicted)
