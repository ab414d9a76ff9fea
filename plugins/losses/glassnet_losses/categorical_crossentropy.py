"""Categorical cross-entropy: the loss of choosing one of several classes."""

from __future__ import annotations

import numpy as np

import glassnet as gn

# How far a row of targets may be from a sum of 1: distributions that were stored in half precision pass.
_SUM_TOLERANCE = 1e-3


class CategoricalCrossentropy(gn.Loss):
    """The negative log-likelihood of the true class, averaged over samples.

    Targets are integer labels, counted from 0, or rows that sum to 1: one-hot, or a probability for each class.

    Before its logarithm is taken, a probability below `epsilon` counts as `epsilon`: no prediction costs more
    than ``-log(epsilon)``, 27.6 by default. The derivative is taken at the probability that counts, so that a
    prediction that is fully wrong is still pushed the right way.

    After a softmax it takes the softmax's input instead, by a formula that needs no epsilon.

    Bishop (2006), Pattern Recognition and Machine Learning, equation 4.108.

    Shapes
    ------
    y_pred
        ``(batch, …, classes)``, probabilities
    y_true
        ``(batch, …)`` for labels, ``(batch, …, classes)`` for rows

    Raises
    ------
    ShapeError
        When the targets fit neither form.
    DataError
        When a label is not one of the classes, or a row is no distribution.
    """

    expects = "distribution"
    # float32 holds neither much smaller numbers nor what dividing by them gives.
    epsilon: float = gn.option(1e-12, ge=1e-30, lt=0.5, log=True, help="smallest probability that counts")

    formula = "L = -sum t_k log p_k / n,  n = number of samples;  for a label c, t_c = 1 and all others 0"
    gradient = "dp_k = -t_k / (p_k n)"

    def targets(self, y: gn.Array, output_shape: gn.Shape, dtype: np.dtype[np.floating]) -> gn.Array:
        if output_shape and y.shape[1:] == output_shape[:-1]:
            return self._labels(y, output_shape[-1])
        if output_shape and y.shape[1:] == output_shape:
            return self._rows(y, dtype)
        labels = ", ".join(["batch", *map(str, output_shape[:-1])])
        rows = ", ".join(["batch", *map(str, output_shape)])
        raise gn.ShapeError(
            f"{self!r} expects labels of shape ({labels}) or one-hot rows of shape ({rows}), got {y.shape}; "
            "change the targets, or the number of units of the last layer"
        )

    def _labels(self, y: gn.Array, classes: int) -> gn.Array:
        known = (y >= 0) & (y < classes) & (y == np.floor(y))
        if not known.all():
            place = tuple(np.argwhere(~known)[0])
            raise gn.DataError(
                f"{self!r}: label {y[place]} at sample {place[0]} is none of 0..{classes - 1}; "
                f"number the classes from 0, one for each of the network's {classes} outputs"
            )
        return y.astype(np.intp, copy=False)

    def _rows(self, y: gn.Array, dtype: np.dtype[np.floating]) -> gn.Array:
        sums = y.sum(axis=-1, dtype=np.float64)
        good = (np.abs(sums - 1) <= _SUM_TOLERANCE) & (y >= 0).all(axis=-1)
        if not good.all():
            place = tuple(np.argwhere(~good)[0])
            raise gn.DataError(
                f"{self!r}: the targets of sample {place[0]} are no distribution: they are between "
                f"{y[place].min()} and {y[place].max()} and sum to {sums[place]:g}; "
                "give one-hot rows, or probabilities that sum to 1"
            )
        return y.astype(dtype, copy=False)

    def forward(self, y_pred: gn.Array, y_true: gn.Array) -> float:
        p, t = _flat(y_pred, y_true)
        if t.ndim == 1:
            likelihood = np.log(np.maximum(p[np.arange(len(p)), t], self.epsilon))
        else:
            likelihood = np.sum(t * np.log(np.maximum(p, self.epsilon)), axis=-1)
        # Adding 0.0 makes 0.0 of -0.0.
        return -float(np.mean(likelihood, dtype=np.float64)) + 0.0

    def backward(self, y_pred: gn.Array, y_true: gn.Array) -> gn.Array:
        p, t = _flat(y_pred, y_true)
        if t.ndim == 1:
            places = np.arange(len(p)), t
            dp = np.zeros_like(p)
            dp[places] = -1 / np.maximum(p[places], self.epsilon)
        else:
            dp = -t / np.maximum(p, self.epsilon)
        dp /= len(p)
        return dp.reshape(y_pred.shape)

    def fuse(self, activation: gn.Activation) -> gn.Loss | None:
        return CategoricalCrossentropyOfLogits() if activation.inverse_link == "softmax" else None


class CategoricalCrossentropyOfLogits(gn.Loss):
    """Softmax and categorical cross-entropy in one: the same number, from what goes into the softmax.

    With the largest value of each row taken off, no exponential overflows and their sum is at least 1, so no
    logarithm is taken of a probability that was rounded to 0.
    """

    expects = "logits"

    formula = "L = sum (log sum_k exp z_k - sum_k t_k z_k) / n,  n = number of samples"
    gradient = "dz = (softmax(z) - t) / n"

    def targets(self, y: gn.Array, output_shape: gn.Shape, dtype: np.dtype[np.floating]) -> gn.Array:
        return CategoricalCrossentropy().targets(y, output_shape, dtype)

    def forward(self, y_pred: gn.Array, y_true: gn.Array) -> float:
        z, t = _flat(y_pred, y_true)
        z = z - z.max(axis=-1, keepdims=True)
        chosen = z[np.arange(len(z)), t] if t.ndim == 1 else np.sum(t * z, axis=-1)
        return float(np.mean(np.log(np.sum(np.exp(z), axis=-1)) - chosen, dtype=np.float64))

    def backward(self, y_pred: gn.Array, y_true: gn.Array) -> gn.Array:
        z, t = _flat(y_pred, y_true)
        dz: gn.Array = np.exp(z - z.max(axis=-1, keepdims=True))
        dz /= dz.sum(axis=-1, keepdims=True)
        if t.ndim == 1:
            dz[np.arange(len(dz)), t] -= 1
        else:
            dz -= t
        dz /= len(dz)
        return dz.reshape(y_pred.shape)


def _flat(y_pred: gn.Array, y_true: gn.Array) -> tuple[gn.Array, gn.Array]:
    """Return predictions as ``(samples, classes)``, and targets as ``(samples,)`` labels or as such rows."""
    rows = y_pred.reshape(-1, y_pred.shape[-1])
    return rows, y_true.reshape(-1) if y_true.ndim < y_pred.ndim else y_true.reshape(rows.shape)
