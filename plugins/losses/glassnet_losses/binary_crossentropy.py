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

    formula = (
        "L = -sum (t log p + (1 - t) log(1 - p)) / n,  n = number of all elements;  "
        "from logits z: L = sum (max(z, 0) - z t + log(1 + exp(-|z|))) / n"
    )
    gradient_formula = "dp = ((1 - t) / (1 - p) - t / p) / n;  from logits: dz = (sigmoid(z) - t) / n"
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
            # No size of z overflows, and no logarithm is taken of a probability that was rounded to 0.
            losses = np.maximum(y_pred, 0) - y_pred * y_true + np.log1p(np.exp(-np.abs(y_pred)))
        else:
            yes = np.log(np.maximum(y_pred, self.epsilon))
            no = np.log(np.maximum(1 - y_pred, self.epsilon))
            # 0 - 0 is 0, where a minus alone would make -0 of it.
            losses = 0 - (y_true * yes + (1 - y_true) * no)
        return by_sample(losses, len(y_pred))

    def backward(self, y_pred: gn.Array, y_true: gn.Array) -> gn.Array:
        if self.from_logits:
            # The sigmoid: its numerator is 1 on the right of zero and e, which is at most 1, on the left.
            e = np.exp(-np.abs(y_pred))
            dp: gn.Array = np.maximum(e, y_pred >= 0) / (1 + e) - y_true
        else:
            no, yes = np.maximum(1 - y_pred, self.epsilon), np.maximum(y_pred, self.epsilon)
            dp = (1 - y_true) / no - y_true / yes
        dp /= dp.size
        return dp

    def fuse(self, activation: gn.Layer) -> gn.Loss | None:
        """Return the loss of logits behind a sigmoid: stable where the logarithm of a sigmoid is not."""
        if self.from_logits or activation.inverse_link != "logistic":
            return None
        return self._of_logits

    @cached_property
    def _of_logits(self) -> gn.Loss:
        return self.replace(from_logits=True)
