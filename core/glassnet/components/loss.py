"""The base class of losses."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import ClassVar

import numpy as np

from glassnet.components.component import Component, wrong_result
from glassnet.components.layer import Layer
from glassnet.components.services import call_derived_backward
from glassnet.errors import ShapeError
from glassnet.types import Array, Shape

_CLASSES = frozenset({"labels", "one_hot", "distribution"})


class Loss(Component):
    """How wrong predictions are, as one number, with its derivative.

    Attributes
    ----------
    gradient_formula
        The derivative in plain text.
    target_types
        The forms of targets that it takes, for `glassnet_testing`. For classes: ``"labels"``, ``"one_hot"`` and
        ``"distribution"`` (rows that sum to 1). For numbers: ``"values"``, ``"probabilities"``, ``"binary"`` (0 or 1),
        ``"signs"`` (-1 or 1), ``"positive"`` (above 0) and ``"counts"`` (whole numbers from 0 on).
    kinks
        Predictions, and distances from the target, at which the derivative jumps: `glassnet_testing` looks there too.
    """

    kind = "loss"
    gradient_formula: ClassVar[str] = ""
    target_types: ClassVar[Sequence[str]] = ("values",)
    kinks: ClassVar[Sequence[float]] = ()

    @property
    def prediction_type(self) -> str:
        """What `y_pred` has to be, in the words of `Layer.output_type`, or ``"logits"``: values nothing has squashed.

        ``"values"`` takes anything. If the last layer gives anything else, the network warns. Metrics put the border
        between yes and no at 0 for ``"logits"``.
        """
        return "values"

    @property
    def needed_range(self) -> tuple[float, float]:
        """The two bounds between which outputs have to be able to vary if the loss expects logits."""
        return -math.inf, math.inf

    def forward(self, y_pred: Array, y_true: Array) -> float:
        """Return the mean over samples and outputs. An author writes this, or `per_sample`."""
        if type(self).per_sample is Loss.per_sample:
            raise NotImplementedError(f"{type(self).__name__} needs forward() or per_sample()")
        mean: float = np.mean(losses_of(self, y_pred, y_true), dtype=np.float64).item()
        return mean

    def per_sample(self, y_pred: Array, y_true: Array) -> Array:
        """Return the loss of each sample, ``(batch,)``, whose mean is `forward`; for samples that have weights.

        A loss that leaves it out is asked for one sample at a time, which is slower.
        """
        rows = range(len(y_pred))
        return np.array([self.forward(y_pred[row : row + 1], y_true[row : row + 1]) for row in rows])

    def backward(self, y_pred: Array, y_true: Array) -> Array:
        """Return the derivative of `forward` with respect to `y_pred`; derived from `per_sample` or `forward` here."""
        dy: Array = call_derived_backward(self, y_pred, y_true)
        return dy

    def value_and_gradient(self, y_pred: Array, y_true: Array) -> tuple[float, Array]:
        """Return `forward` and `backward`; a loss in which the two have work in common overrides it."""
        return self.forward(y_pred, y_true), self.backward(y_pred, y_true)

    @property
    def derives_backward(self) -> bool:
        """Whether a plugin derives the derivative: the author wrote no `backward`."""
        return type(self).backward is Loss.backward

    def of_classes(self, output_shape: Shape) -> bool:
        """Return whether the last axis of such outputs holds the classes that one answer is chosen from.

        By default this follows from `target_types`. A loss that takes both answers and classes as targets takes a
        single output as an answer.
        """
        if not _CLASSES.intersection(self.target_types):
            return False
        return _CLASSES.issuperset(self.target_types) or output_shape[-1:] != (1,)

    def fuse(self, activation: Layer) -> Loss | None:
        """Return the loss that takes the input of `activation`, the last layer, in place of its output, or None.

        A fused loss computes the same number by a formula that is stable where the two in a row are not.
        """
        return None

    def prepare_targets(self, y: Array, output_shape: Shape, dtype: np.dtype[np.floating]) -> Array:
        """Check the targets of a whole split once, and return them as `forward` takes them.

        Parameters
        ----------
        y
            Targets as the user gave them, one row a sample.
        output_shape
            Shape of one sample's output.
        dtype
            Floating-point type of the network.

        Raises
        ------
        ShapeError, DataError
            When the targets do not fit the network or the loss.
        """
        # A network with one output takes a plain column of targets: (batch,) as (batch, 1).
        if output_shape == (1,) and y.ndim == 1:
            y = y[:, None]
        if y.shape[1:] != output_shape:
            expected = ", ".join(["batch", *map(str, output_shape)])
            raise ShapeError(
                f"{self!r} expects targets of shape ({expected}), got {y.shape}; "
                "the targets must have the shape of the network's output"
            )
        return y.astype(dtype, copy=False)


def losses_of(loss: Loss, y_pred: Array, y_true: Array) -> Array:
    """Return what `per_sample` of `loss` returns, or raise `ShapeError` if it is not one number a sample."""
    losses = loss.per_sample(y_pred, y_true)
    if not hasattr(losses, "shape") or math.prod(losses.shape) != len(y_pred):
        raise wrong_result(loss, "per_sample", losses, f"one number a sample, ({len(y_pred)},)")
    return losses


def gradient_like(y_pred: Array, dy: Array, loss: Loss) -> Array:
    """Return the derivative of `loss` in type and shape of the predictions; it may leave out axes of length 1."""
    if not hasattr(dy, "shape") or (dy.shape != y_pred.shape and np.squeeze(dy).shape != np.squeeze(y_pred).shape):
        raise wrong_result(loss, "backward", dy, f"{y_pred.shape}, as y_pred")
    # Somebody's loss may compute in float64, and no layer should have to reckon with two types.
    dy = dy if dy.dtype is y_pred.dtype else dy.astype(y_pred.dtype, copy=False, casting="same_kind")
    return dy if dy.shape == y_pred.shape else dy.reshape(y_pred.shape)
