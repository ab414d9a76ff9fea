"""Hinge loss: being right is not enough, it has to be by a margin."""

from __future__ import annotations

import numpy as np

import glassnet as gn
from glassnet_losses.class_rows import flat
from glassnet_losses.class_targets import labels_alone
from glassnet_losses.samples import by_sample


class Hinge(gn.Loss):
    """The loss of support vector machines, on scores that no activation has squashed: above 0 means yes.

    With one output, or with `independent` outputs, each score is the answer to a question of its own, and costs
    what it lacks to a margin of 1 on its right side. Cortes and Vapnik (1995), Support-Vector Networks, Machine
    Learning 20, 273-297.

    With several outputs otherwise, each class other than the true one costs what the true one's score lacks to
    a lead of 1. Weston and Watkins (1999), Support Vector Machines for Multi-Class Pattern Recognition, ESANN.

    Where a margin is exactly 1, the derivative is taken to be 0.

    Shapes
    ------
    y_pred
        ``(batch, 1)``, ``(batch, …, classes)``, or ``(batch, …)`` with `independent`
    y_true
        yes and no as 1 and 0, or as 1 and -1, in the shape of `y_pred` (``(batch,)`` for one output); classes
        as labels ``(batch, …)`` or one-hot rows

    Conventions
    -----------
    0 counts as -1, as in Keras. For classes the sum is divided by their number, as in PyTorch's
    ``multi_margin_loss``; Keras' ``CategoricalHinge`` looks at the strongest wrong class alone.

    Raises
    ------
    ShapeError
        When the targets fit no form.
    DataError
        When a target is neither yes nor no, or names no single class.
    """

    prediction_type = "logits"
    needed_range = (-1.0, 1.0)  # between the margins
    independent: bool = gn.option(False, help="whether several outputs are questions of their own, and no classes")

    formula = (
        "L = sum max(0, 1 - t z) / n,  t = 1 or -1,  n = number of all elements;  "
        "for classes: L = sum over k other than c of max(0, 1 - z_c + z_k) / (n classes),  n = number of samples"
    )
    gradient_formula = (
        "dz = -t / n where t z < 1, else 0;  "
        "for classes: dz_k = 1 / (n classes) where z_c - z_k < 1, else 0,  dz_c = -sum of these"
    )
    target_types = ("signs", "binary", "labels", "one_hot")
    kinks = (-1.0, 1.0)

    def of_classes(self, output_shape: gn.Shape) -> bool:
        return not self.independent and output_shape[-1:] != (1,)

    def prepare_targets(self, y: gn.Array, output_shape: gn.Shape, dtype: np.dtype[np.floating]) -> gn.Array:
        if self.of_classes(output_shape):
            return labels_alone(self, y, output_shape)
        checked = super().prepare_targets(y, output_shape, dtype)
        known = (checked == 1) | (checked == (-1 if (checked < 0).any() else 0))
        if not known.all():
            place = tuple(np.argwhere(~known)[0])
            raise gn.DataError(
                f"{self!r}: target {checked[place]} at sample {place[0]} is neither yes nor no; "
                "give 1 and 0 throughout, or 1 and -1"
            )
        return checked

    def per_sample(self, y_pred: gn.Array, y_true: gn.Array) -> gn.Array:
        if y_true.ndim < y_pred.ndim:
            lacking, _ = _lacking(y_pred, y_true)
            return by_sample(lacking.mean(axis=-1, dtype=np.float64), len(y_pred))
        return by_sample(np.maximum(1 - _signs(y_pred, y_true) * y_pred, 0), len(y_pred))

    def backward(self, y_pred: gn.Array, y_true: gn.Array) -> gn.Array:
        if y_true.ndim < y_pred.ndim:
            lacking, chosen = _lacking(y_pred, y_true)
            dz: gn.Array = (lacking > 0).astype(y_pred.dtype)
            dz[chosen] = -dz.sum(axis=-1)
        else:
            signs = _signs(y_pred, y_true)
            dz = np.where(signs * y_pred < 1, -signs, 0)
        dz /= dz.size
        return dz.reshape(y_pred.shape)


def _lacking(y_pred: gn.Array, y_true: gn.Array) -> tuple[gn.Array, tuple[gn.Array, gn.Array]]:
    """Return what the true class lacks to a lead of 1 over each class, 0 for itself; and where the true ones are."""
    z, labels = flat(y_pred, y_true)
    chosen = np.arange(len(z)), labels
    lacking = np.maximum(1 - z[chosen][:, np.newaxis] + z, 0)
    lacking[chosen] = 0
    return lacking, chosen


def _signs(y_pred: gn.Array, y_true: gn.Array) -> gn.Array:
    """Return 1 for yes and -1 for no."""
    signs: gn.Array = np.where(y_true > 0, 1, -1).astype(y_pred.dtype)
    return signs
