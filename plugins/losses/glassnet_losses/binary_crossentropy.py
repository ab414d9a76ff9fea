"""Binary cross-entropy: the loss of yes-or-no questions."""

from __future__ import annotations

from functools import cached_property

import numpy as np

import glassnet as gn
from glassnet_losses.samples import by_sample
from glassnet_losses.yes_or_no_targets import check_yes_or_no


class BinaryCrossentropy(gn.Loss):
    """The negative log-likelihood of independent yes-or-no targets, averaged over samples and outputs.

    Before its logarithm is taken, a probability below `epsilon` counts as `epsilon`: no prediction costs more
    than ``-log(epsilon)``, 27.6 by default. The derivative is taken at the probability that counts, so that a
    prediction that is fully wrong is still pushed the right way.

    After a sigmoid it takes the sigmoid's input instead, by a formula that needs no epsilon.

    Bishop (2006), Pattern Recognition and Machine Learning, equation 4.90.

    Shapes
    ------
    y_pred
        ``(batch, …)``, probabilities, or logits if it says so
    y_true
        the same, each in 0..1; for a network with one output also ``(batch,)``

    Raises
    ------
    ShapeError
        When the targets have not the shape of the network's output.
    DataError
        When a target is outside 0..1.
    """

    # float32 holds neither much smaller numbers nor what dividing by them gives.
    epsilon: float = gn.option(1e-12, ge=1e-30, lt=0.5, log=True, help="smallest probability that counts")
    from_logits: bool = gn.option(False, help="whether the network ends without sigmoid, in logits")

    formula = "L = -sum (t log p + (1 - t) log(1 - p)) / n,  n = number of all elements;  from logits z: p = sigmoid(z)"
    gradient_formula = "dp = ((1 - t) / (1 - p) - t / p) / n;  from logits: dz = (p - t) / n"
    target_types = ("binary", "probabilities")
    examples = ("binary_crossentropy", "binary_crossentropy(from_logits=True)")
    checks = gn.Checks(
        counterpart="torch.nn.functional.binary_cross_entropy(y_pred.sigmoid() if from_logits else y_pred, y_true)"
    )

    @property
    def prediction_type(self) -> str:
        return "logits" if self.from_logits else "probabilities"

    def prepare_targets(self, y: gn.Array, output_shape: gn.Shape, dtype: np.dtype[np.floating]) -> gn.Array:
        checked = super().prepare_targets(y, output_shape, dtype)
        check_yes_or_no(self, checked)
        return checked

    def per_sample(self, y_pred: gn.Array, y_true: gn.Array) -> gn.Array:
        if self.from_logits:
            return self._of_logits.per_sample(y_pred, y_true)
        yes = np.log(np.maximum(y_pred, self.epsilon))
        no = np.log(np.maximum(1 - y_pred, self.epsilon))
        # 0 - 0 is 0, where a minus alone would make -0 of it.
        return by_sample(0 - (y_true * yes + (1 - y_true) * no), len(y_pred))

    def backward(self, y_pred: gn.Array, y_true: gn.Array) -> gn.Array:
        if self.from_logits:
            return self._of_logits.backward(y_pred, y_true)
        dp: gn.Array = (1 - y_true) / np.maximum(1 - y_pred, self.epsilon)
        dp -= y_true / np.maximum(y_pred, self.epsilon)
        dp /= dp.size
        return dp

    def fuse(self, activation: gn.Layer) -> gn.Loss | None:
        if self.from_logits or activation.inverse_link != "logistic":
            return None
        return self._of_logits

    @cached_property
    def _of_logits(self) -> BinaryCrossentropyOfLogits:
        return BinaryCrossentropyOfLogits()


class BinaryCrossentropyOfLogits(gn.Loss):
    """Sigmoid and binary cross-entropy in one: the same number, from what goes into the sigmoid.

    The exponential is only ever taken of a negative number, so no size of `z` overflows, and no logarithm is
    taken of a probability that was rounded to 0.
    """

    prediction_type = "logits"

    formula = "L = sum (max(z, 0) - z t + log(1 + exp(-|z|))) / n,  n = number of all elements"
    gradient_formula = "dz = (sigmoid(z) - t) / n"

    def prepare_targets(self, y: gn.Array, output_shape: gn.Shape, dtype: np.dtype[np.floating]) -> gn.Array:
        return BinaryCrossentropy().prepare_targets(y, output_shape, dtype)

    def per_sample(self, y_pred: gn.Array, y_true: gn.Array) -> gn.Array:
        return by_sample(_losses(y_pred, y_true, np.exp(-np.abs(y_pred))), len(y_pred))

    def backward(self, y_pred: gn.Array, y_true: gn.Array) -> gn.Array:
        return _slopes(y_pred, y_true, np.exp(-np.abs(y_pred)))

    def value_and_gradient(self, y_pred: gn.Array, y_true: gn.Array) -> tuple[float, gn.Array]:
        e = np.exp(-np.abs(y_pred))
        each = by_sample(_losses(y_pred, y_true, e), len(y_pred))
        return float(each.sum(dtype=np.float64) / len(each)), _slopes(y_pred, y_true, e)


def _losses(z: gn.Array, t: gn.Array, e: gn.Array) -> gn.Array:
    """Return the loss of each output; `e` is ``exp(-|z|)``."""
    losses: gn.Array = np.maximum(z, 0) - z * t + np.log1p(e)
    return losses


def _slopes(z: gn.Array, t: gn.Array, e: gn.Array) -> gn.Array:
    """Return the derivative of the mean loss."""
    # The sigmoid: its numerator is 1 on the right of zero and e, which is at most 1, on the left.
    dz: gn.Array = np.maximum(e, z >= 0) / (1 + e)
    dz -= t
    dz /= dz.size
    return dz
