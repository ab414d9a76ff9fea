"""Categorical cross-entropy: the loss of choosing one of several classes."""

from __future__ import annotations

from functools import cached_property

import numpy as np

import glassnet as gn
from glassnet_losses.class_rows import flat, of_targets, rows_of, smoothed
from glassnet_losses.class_targets import labels_or_rows
from glassnet_losses.samples import by_sample


class CategoricalCrossentropy(gn.Loss):
    """The negative log-likelihood of the true class, averaged over samples.

    Targets are integer labels, counted from 0, or rows that sum to 1: one-hot, or a probability for each class.

    Before its logarithm is taken, a probability below `epsilon` counts as `epsilon`: no prediction costs more
    than ``-log(epsilon)``, 27.6 by default. The derivative is taken at the probability that counts, so that a
    prediction that is fully wrong is still pushed the right way.

    After a softmax it takes the softmax's input instead, by a formula that needs no epsilon.

    Bishop (2006), Pattern Recognition and Machine Learning, equation 4.108. Label smoothing: Szegedy, Vanhoucke,
    Ioffe, Shlens and Wojna (2016), Rethinking the Inception Architecture for Computer Vision, CVPR,
    arXiv:1512.00567, section 7.

    Shapes
    ------
    y_pred
        ``(batch, …, classes)``, probabilities, or logits if it says so
    y_true
        ``(batch, …)`` for labels, ``(batch, …, classes)`` for rows

    Raises
    ------
    ShapeError
        When the targets fit neither form.
    DataError
        If a label is not one of the classes, or a row is not a distribution.
    """

    # float32 holds neither much smaller numbers nor what dividing by them gives.
    epsilon: float = gn.option(1e-12, ge=1e-30, lt=0.5, log=True, help="smallest probability that counts")
    label_smoothing: float = gn.option(0.0, ge=0, lt=1, help="part of each target that is spread over all classes")
    from_logits: bool = gn.option(False, help="whether the network ends without softmax, in logits")

    formula = (
        "L = -sum t_k log p_k / n,  n = number of samples;  for a label c, t_c = 1 and all others 0;  "
        "with label smoothing s, (1 - s) t_k + s / classes instead of t_k;  "
        "from logits z: L = sum (log sum_k exp z_k - sum_k t_k z_k) / n"
    )
    gradient_formula = "dp_k = -t_k / (p_k n);  from logits: dz = (softmax(z) - t) / n"
    target_types = ("labels", "one_hot", "distribution")
    examples = (
        "categorical_crossentropy",
        "categorical_crossentropy(label_smoothing=0.1)",
        "categorical_crossentropy(from_logits=True)",
    )

    @property
    def prediction_type(self) -> str:
        return "logits" if self.from_logits else "distribution"

    def prepare_targets(self, y: gn.Array, output_shape: gn.Shape, dtype: np.dtype[np.floating]) -> gn.Array:
        return labels_or_rows(self, y, output_shape, dtype)

    def per_sample(self, y_pred: gn.Array, y_true: gn.Array) -> gn.Array:
        p, t = smoothed(*flat(y_pred, y_true), self.label_smoothing)
        if self.from_logits:
            # With the largest value taken off, no exponential overflows and their sum is at least 1.
            z = p - p.max(axis=-1, keepdims=True)
            losses = np.log(np.exp(z).sum(axis=-1)) - of_targets(z, t)
        else:
            # 0 - 0 is 0, where a minus alone would make -0 of it.
            losses = 0 - of_targets(np.log(np.maximum(p, self.epsilon)), t)
        return by_sample(losses, len(y_pred))

    def backward(self, y_pred: gn.Array, y_true: gn.Array) -> gn.Array:
        p, t = smoothed(*flat(y_pred, y_true), self.label_smoothing)
        if self.from_logits:
            e = np.exp(p - p.max(axis=-1, keepdims=True))
            dp: gn.Array = e / e.sum(axis=-1, keepdims=True) - rows_of(t, p)
        else:
            dp = -rows_of(t, p) / np.maximum(p, self.epsilon)
        dp /= len(p)
        return dp.reshape(y_pred.shape)

    def fuse(self, activation: gn.Layer) -> gn.Loss | None:
        """Return the loss of logits behind a softmax: stable where the logarithm of a softmax is not."""
        if self.from_logits or activation.inverse_link != "softmax":
            return None
        return self._of_logits

    @cached_property
    def _of_logits(self) -> gn.Loss:
        return self.replace(from_logits=True)
