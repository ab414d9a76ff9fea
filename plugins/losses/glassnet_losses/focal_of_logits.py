"""Sigmoid or softmax and focal loss in one."""

from __future__ import annotations

from functools import cached_property

import numpy as np

import glassnet as gn


class FocalOfLogits(gn.Loss):
    """Sigmoid or softmax and focal loss in one: the same number, from what goes into the activation.

    Yes or no behind a sigmoid, and classes behind a softmax, are what the activations are for. Only they have a formula
    that needs no epsilon.
    """

    prediction_type = "logits"

    loss: gn.Loss = gn.option(kind="loss", help="the loss of what comes out of the activation")
    activation: gn.Activation = gn.option(kind="activation", help="sigmoid or softmax")

    formula = "L = focal(p), p = sigmoid(z) or softmax(z)"
    gradient_formula = "dz = dp sigmoid'(z), or J^T dp with the Jacobian J of softmax"

    def prepare_targets(self, y: gn.Array, output_shape: gn.Shape, dtype: np.dtype[np.floating]) -> gn.Array:
        return self.loss.prepare_targets(y, output_shape, dtype)

    def per_sample(self, y_pred: gn.Array, y_true: gn.Array) -> gn.Array:
        if self._belong_together(y_pred, y_true):
            return self._of_logits.per_sample(y_pred, y_true)
        return self.loss.per_sample(self.activation.forward(y_pred), y_true)

    def backward(self, y_pred: gn.Array, y_true: gn.Array) -> gn.Array:
        if self._belong_together(y_pred, y_true):
            return self._of_logits.backward(y_pred, y_true)
        p = self.activation.forward(y_pred)
        return self.activation.backward(self.loss.backward(p, y_true), y_pred, p)

    def _belong_together(self, y_pred: gn.Array, y_true: gn.Array) -> bool:
        names_classes = y_true.ndim < y_pred.ndim
        return names_classes == (self.activation.inverse_link == "softmax")

    @cached_property
    def _of_logits(self) -> gn.Loss:
        return self.loss.replace(from_logits=True)
