"""Focal loss: cross-entropy in which what is easy counts little."""

from __future__ import annotations

import numpy as np

import glassnet as gn
from glassnet_losses.class_rows import flat, log_softmax, of_targets, rows_of
from glassnet_losses.class_targets import labels_alone
from glassnet_losses.focal_of_logits import FocalOfLogits
from glassnet_losses.samples import by_sample
from glassnet_losses.yes_or_no_targets import check_yes_or_no


class Focal(gn.Loss):
    """A cross-entropy in which each term is multiplied with ``(1 - p)^gamma``, p being what the truth was given.

    Lin, Goyal, Girshick, He and Dollár (2017), Focal Loss for Dense Object Detection, ICCV, arXiv:1708.02002.

    With one output, or with `independent` outputs, each output is the probability of a yes; yes counts `alpha` and
    no ``1 - alpha``. With several outputs otherwise they are the probabilities of classes, and the true one counts
    `alpha`; to let classes count differently there is ``fit(class_weight=…)``.

    Before its logarithm is taken, a probability below `epsilon` counts as `epsilon`. After a sigmoid or a softmax
    it takes the activation's input instead, by a formula that needs no epsilon.

    Shapes
    ------
    y_pred
        ``(batch, 1)``, ``(batch, …, classes)``, or ``(batch, …)`` with `independent`
    y_true
        yes and no as 1 and 0, or a probability, in the shape of `y_pred` (``(batch,)`` for one output); classes
        as labels ``(batch, …)`` or one-hot rows

    Conventions
    -----------
    torchvision's ``sigmoid_focal_loss`` and Keras' ``BinaryFocalCrossentropy`` with ``apply_class_balancing=True``
    are the first form, Keras' ``CategoricalFocalCrossentropy`` is the second one. The mean is over samples and
    independent outputs; the paper divides the sum by the number of yeses.

    Raises
    ------
    ShapeError
        When the targets fit no form.
    DataError
        When a target is outside 0..1, or names no single class.
    """

    gamma: float = gn.option(2.0, ge=0, help="how fast a term fades as it becomes easy; 0 is the cross-entropy")
    alpha: float | None = gn.option(0.25, gt=0, lt=1, help="weight of yes, against 1 - alpha for no; None: both 1")
    independent: bool = gn.option(False, help="whether several outputs are questions of their own, and no classes")
    # float32 holds neither much smaller numbers nor what dividing by them gives.
    epsilon: float = gn.option(1e-12, ge=1e-30, lt=0.5, log=True, help="smallest probability that counts")
    from_logits: bool = gn.option(False, help="whether the network ends without sigmoid or softmax")

    formula = (
        "L = -sum (alpha t (1 - p)^gamma log p + (1 - alpha) (1 - t) p^gamma log(1 - p)) / n,  n = number of all "
        "elements;  for classes: L = -sum alpha (1 - p_c)^gamma log p_c / n,  n = number of samples;  "
        "from logits z: p = sigmoid(z) or softmax(z)"
    )
    gradient_formula = (
        "f'(p) = -(1 - p)^gamma (1 - gamma p log p / (1 - p)), the derivative of a term with respect to log p;  "
        "dp = (alpha t f'(p) / p - (1 - alpha) (1 - t) f'(1 - p) / (1 - p)) / n;  "
        "dz = (alpha t f'(p) (1 - p) - (1 - alpha) (1 - t) f'(1 - p) p) / n;  "
        "for classes: dp_c = alpha f'(p_c) / (p_c n),  dz_k = alpha f'(p_c) ((1 if k = c else 0) - p_k) / n"
    )
    target_types = ("binary", "labels", "one_hot")
    examples = ("focal", "focal(gamma=0.5, alpha=None)", "focal(from_logits=True)")

    @property
    def prediction_type(self) -> str:
        return "logits" if self.from_logits else "probabilities"

    def of_classes(self, output_shape: gn.Shape) -> bool:
        return not self.independent and output_shape[-1:] != (1,)

    def prepare_targets(self, y: gn.Array, output_shape: gn.Shape, dtype: np.dtype[np.floating]) -> gn.Array:
        if self.of_classes(output_shape):
            return labels_alone(self, y, output_shape)
        checked = super().prepare_targets(y, output_shape, dtype)
        check_yes_or_no(self, checked)
        return checked

    def per_sample(self, y_pred: gn.Array, y_true: gn.Array) -> gn.Array:
        alpha, other = (1, 1) if self.alpha is None else (self.alpha, 1 - self.alpha)
        if y_true.ndim < y_pred.ndim:
            log_p, labels = self._log_of_classes(y_pred, y_true)
            return by_sample(alpha * self._term(of_targets(log_p, labels)), len(y_pred))
        log_yes, log_no = self._log_of_answers(y_pred)
        losses = alpha * y_true * self._term(log_yes) + other * (1 - y_true) * self._term(log_no)
        return by_sample(losses, len(y_pred))

    def backward(self, y_pred: gn.Array, y_true: gn.Array) -> gn.Array:
        alpha, other = (1, 1) if self.alpha is None else (self.alpha, 1 - self.alpha)
        if y_true.ndim < y_pred.ndim:
            log_p, labels = self._log_of_classes(y_pred, y_true)
            truth = rows_of(labels, log_p)
            slope = alpha / len(labels) * self._slope(of_targets(log_p, labels))[:, np.newaxis]
            by_log_p = slope * truth
            dy = by_log_p - slope * np.exp(log_p) if self.from_logits else by_log_p * np.exp(-log_p)
            return dy.reshape(y_pred.shape)
        log_yes, log_no = self._log_of_answers(y_pred)
        yes = alpha * y_true * self._slope(log_yes)
        no = other * (1 - y_true) * self._slope(log_no)
        if self.from_logits:
            return (yes * np.exp(log_no) - no * np.exp(log_yes)) / yes.size
        return (yes * np.exp(-log_yes) - no * np.exp(-log_no)) / yes.size

    def fuse(self, activation: gn.Layer) -> gn.Loss | None:
        """Return the loss of what goes into a sigmoid or a softmax, by a formula that needs no epsilon."""
        if self.from_logits or activation.inverse_link not in ("logistic", "softmax"):
            return None
        return FocalOfLogits(self, activation)

    def _log_of_classes(self, y_pred: gn.Array, y_true: gn.Array) -> tuple[gn.Array, gn.Array]:
        """Return log p of all classes, ``(samples, classes)``, and the labels."""
        rows, labels = flat(y_pred, y_true)
        return log_softmax(rows) if self.from_logits else np.log(np.clip(rows, self.epsilon, 1)), labels

    def _log_of_answers(self, y_pred: gn.Array) -> tuple[gn.Array, gn.Array]:
        """Return log p and log(1 - p)."""
        if not self.from_logits:
            return np.log(np.clip(y_pred, self.epsilon, 1)), np.log(np.clip(1 - y_pred, self.epsilon, 1))
        # log sigmoid(z) = min(z, 0) - log(1 + e^-|z|), and for the other answer with -z.
        rest = np.log1p(np.exp(-np.abs(y_pred)))
        return np.minimum(y_pred, 0) - rest, np.minimum(-y_pred, 0) - rest

    def _term(self, log_p: gn.Array) -> gn.Array:
        """Return ``-(1 - p)^gamma log p``."""
        rest = -np.expm1(log_p)  # 1 - p, with all digits where p is near 1
        term: gn.Array = rest**self.gamma * (0 - log_p)
        return term

    def _slope(self, log_p: gn.Array) -> gn.Array:
        """Return the derivative of a term with respect to log p."""
        rest = -np.expm1(log_p)
        # Where p is 1, log p / (1 - p) has the limit -1.
        ratio = np.divide(log_p, rest, out=np.full_like(log_p, -1), where=rest > 0)
        slope: gn.Array = -(rest**self.gamma) * (1 - self.gamma * np.exp(log_p) * ratio)
        return slope
