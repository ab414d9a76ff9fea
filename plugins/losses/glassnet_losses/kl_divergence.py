"""Kullback-Leibler divergence: how far one distribution is from another."""

from __future__ import annotations

from functools import cached_property

import numpy as np

import glassnet as gn
from glassnet_losses.class_rows import log_softmax
from glassnet_losses.class_targets import distributions
from glassnet_losses.samples import by_sample


class KLDivergence(gn.Loss):
    """The divergence of the predicted distributions from the true ones, in nats, averaged over samples.

    It is the cross-entropy less the entropy of the targets: the same gradient, and 0 where nothing is left to learn.
    Before its logarithm is taken, a predicted probability below `epsilon` counts as `epsilon`. After a softmax it
    takes the softmax's input instead, by a formula that needs no epsilon.

    Kullback and Leibler (1951), On Information and Sufficiency, Annals of Mathematical Statistics 22(1), 79-86.
    Bishop (2006), Pattern Recognition and Machine Learning, section 1.6.1.

    Shapes
    ------
    y_pred, y_true
        ``(batch, …, classes)``: rows that sum to 1

    Conventions
    -----------
    The mean is over samples, not over classes: PyTorch's ``reduction="batchmean"``, and Keras. PyTorch takes
    log-probabilities, which is ``from_logits=True`` here: log-probabilities are logits.

    Raises
    ------
    ShapeError
        When the targets have not the shape of the network's output.
    DataError
        If a row of targets is not a distribution.
    """

    # float32 holds neither much smaller numbers nor what dividing by them gives.
    epsilon: float = gn.option(1e-12, ge=1e-30, lt=0.5, log=True, help="smallest probability that counts")
    from_logits: bool = gn.option(False, help="whether the network gives logits or log-probabilities")

    formula = "L = sum t_k (log t_k - log p_k) / n,  n = number of samples;  from logits z: p = softmax(z)"
    gradient_formula = "dp_k = -t_k / (p_k n);  from logits: dz_k = (p_k sum_j t_j - t_k) / n"
    target_types = ("one_hot", "distribution")
    examples = ("kl_divergence", "kl_divergence(from_logits=True)")
    checks = gn.Checks(
        counterpart="torch.nn.functional.kl_div(y_pred.log_softmax(-1) if from_logits else y_pred.log(), y_true, "
        "reduction='batchmean')"
    )

    @property
    def prediction_type(self) -> str:
        return "logits" if self.from_logits else "distribution"

    def prepare_targets(self, y: gn.Array, output_shape: gn.Shape, dtype: np.dtype[np.floating]) -> gn.Array:
        if y.shape[1:] == output_shape[:-1]:
            raise gn.ShapeError(
                f"{self!r} expects rows of {output_shape[-1] if output_shape else 0} probabilities, got {y.shape}; "
                "for labels take categorical_crossentropy, which is the same there"
            )
        return distributions(self, super().prepare_targets(y, output_shape, dtype), dtype)

    def per_sample(self, y_pred: gn.Array, y_true: gn.Array) -> gn.Array:
        # Where t is 0, t log t is 0 as well, for any argument of the logarithm.
        log_t = np.log(np.maximum(y_true, np.finfo(y_true.dtype).tiny))
        divergences = np.sum(y_true * (log_t - self._log(y_pred)), axis=-1)
        return by_sample(divergences, len(y_pred))

    def backward(self, y_pred: gn.Array, y_true: gn.Array) -> gn.Array:
        samples = y_pred.size / y_pred.shape[-1]
        if self.from_logits:
            dp: gn.Array = np.exp(log_softmax(y_pred)) * y_true.sum(axis=-1, keepdims=True) - y_true
        else:
            dp = -y_true / np.maximum(y_pred, self.epsilon)
        dp /= samples
        return dp

    def fuse(self, activation: gn.Layer) -> gn.Loss | None:
        if self.from_logits or activation.inverse_link != "softmax":
            return None
        return self._of_logits

    @cached_property
    def _of_logits(self) -> gn.Loss:
        return self.replace(from_logits=True)

    def _log(self, y_pred: gn.Array) -> gn.Array:
        """Return the logarithms of the predicted probabilities."""
        return log_softmax(y_pred) if self.from_logits else np.log(np.maximum(y_pred, self.epsilon))
