"""Categorical cross-entropy: the loss of choosing one of several classes."""

from __future__ import annotations

from functools import cached_property

import numpy as np

import glassnet as gn
from glassnet_losses.class_targets import flat, labels_or_rows
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
        "with label smoothing s, (1 - s) t_k + s / classes instead of t_k;  from logits z: p = softmax(z)"
    )
    gradient_formula = "dp_k = -t_k / (p_k n);  from logits: dz_k = (p_k - t_k) / n"
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
        if self.from_logits:
            return self._of_logits.per_sample(y_pred, y_true)
        p, t = _smoothed(*flat(y_pred, y_true), self.label_smoothing)
        if t.ndim == 1:
            likelihood = np.log(np.maximum(p[np.arange(len(p)), t], self.epsilon))
        else:
            likelihood = np.sum(t * np.log(np.maximum(p, self.epsilon)), axis=-1)
        # 0 - 0 is 0, where a minus alone would make -0 of it.
        return by_sample(0 - likelihood, len(y_pred))

    def backward(self, y_pred: gn.Array, y_true: gn.Array) -> gn.Array:
        if self.from_logits:
            return self._of_logits.backward(y_pred, y_true)
        p, t = _smoothed(*flat(y_pred, y_true), self.label_smoothing)
        if t.ndim == 1:
            places = np.arange(len(p)), t
            dp = np.zeros_like(p)
            dp[places] = -1 / np.maximum(p[places], self.epsilon)
        else:
            dp = -t / np.maximum(p, self.epsilon)
        dp /= len(p)
        return dp.reshape(y_pred.shape)

    def fuse(self, activation: gn.Layer) -> gn.Loss | None:
        if self.from_logits or activation.inverse_link != "softmax":
            return None
        return self._of_logits

    @cached_property
    def _of_logits(self) -> CategoricalCrossentropyOfLogits:
        return CategoricalCrossentropyOfLogits(self.label_smoothing)


class CategoricalCrossentropyOfLogits(gn.Loss):
    """Softmax and categorical cross-entropy in one: the same number, from what goes into the softmax.

    With the largest value of each row taken off, no exponential overflows and their sum is at least 1, so no
    logarithm is taken of a probability that was rounded to 0.
    """

    prediction_type = "logits"
    label_smoothing: float = gn.option(0.0, ge=0, lt=1, help="part of each target that is spread over all classes")

    formula = "L = sum (log sum_k exp z_k - sum_k t_k z_k) / n,  n = number of samples"
    gradient_formula = "dz = (softmax(z) - t) / n"

    def prepare_targets(self, y: gn.Array, output_shape: gn.Shape, dtype: np.dtype[np.floating]) -> gn.Array:
        return CategoricalCrossentropy().prepare_targets(y, output_shape, dtype)

    def per_sample(self, y_pred: gn.Array, y_true: gn.Array) -> gn.Array:
        return by_sample(_losses(*self._parts(y_pred, y_true)), len(y_pred))

    def backward(self, y_pred: gn.Array, y_true: gn.Array) -> gn.Array:
        return _slopes(*self._parts(y_pred, y_true)).reshape(y_pred.shape)

    def value_and_gradient(self, y_pred: gn.Array, y_true: gn.Array) -> tuple[float, gn.Array]:
        parts = self._parts(y_pred, y_true)
        each = by_sample(_losses(*parts), len(y_pred))
        return float(each.sum(dtype=np.float64) / len(each)), _slopes(*parts).reshape(y_pred.shape)

    def _parts(self, y_pred: gn.Array, y_true: gn.Array) -> tuple[gn.Array, gn.Array, gn.Array, gn.Array]:
        """Return z less its largest value, the targets, exp z, and the sum of that, row by row."""
        z, t = _smoothed(*flat(y_pred, y_true), self.label_smoothing)
        z = z - gn.row_max(z)
        exponentials: gn.Array = np.exp(z)
        return z, t, exponentials, exponentials.sum(axis=-1, keepdims=True)


def _losses(z: gn.Array, t: gn.Array, exponentials: gn.Array, sums: gn.Array) -> gn.Array:
    """Return the loss of each row."""
    chosen = z[np.arange(len(z)), t] if t.ndim == 1 else np.sum(t * z, axis=-1)
    losses: gn.Array = np.log(sums[:, 0]) - chosen
    return losses


def _slopes(z: gn.Array, t: gn.Array, exponentials: gn.Array, sums: gn.Array) -> gn.Array:
    """Return the derivative of the mean loss."""
    dz = exponentials / sums
    if t.ndim == 1:
        dz[np.arange(len(dz)), t] -= 1
    else:
        dz -= t
    dz /= len(dz)
    return dz


def _smoothed(rows: gn.Array, targets: gn.Array, smoothing: float) -> tuple[gn.Array, gn.Array]:
    """Return predictions as they are, and targets of which a part is spread evenly over the classes."""
    if smoothing == 0:
        return rows, targets
    spread = np.full_like(rows, smoothing / rows.shape[1])
    if targets.ndim == 1:
        spread[np.arange(len(rows)), targets] += 1 - smoothing
    else:
        spread += (1 - smoothing) * targets
    return rows, spread
