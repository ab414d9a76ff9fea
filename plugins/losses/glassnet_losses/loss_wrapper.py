"""The base class of losses that take another loss's place."""

from __future__ import annotations

import numpy as np

import glassnet as gn


class LossWrapper(gn.Loss):
    """Is to all others what its loss is; a subclass overrides what it does in another way."""

    loss: gn.Loss = gn.option(kind="loss", help="whose place it takes")

    @property
    def prediction_type(self) -> str:
        return self.loss.prediction_type

    @property
    def needed_range(self) -> tuple[float, float]:
        return self.loss.needed_range

    def of_classes(self, output_shape: gn.Shape) -> bool:
        return self.loss.of_classes(output_shape)

    def prepare_targets(self, y: gn.Array, output_shape: gn.Shape, dtype: np.dtype[np.floating]) -> gn.Array:
        return self.loss.prepare_targets(y, output_shape, dtype)

    def forward(self, y_pred: gn.Array, y_true: gn.Array) -> float:
        return self.loss.forward(y_pred, y_true)

    def per_sample(self, y_pred: gn.Array, y_true: gn.Array) -> gn.Array:
        return self.loss.per_sample(y_pred, y_true)

    def backward(self, y_pred: gn.Array, y_true: gn.Array) -> gn.Array:
        return self.loss.backward(y_pred, y_true)

    def value_and_gradient(self, y_pred: gn.Array, y_true: gn.Array) -> tuple[float, gn.Array]:
        return self.loss.value_and_gradient(y_pred, y_true)

    def fuse(self, activation: gn.Layer) -> gn.Loss | None:
        return self.loss.fuse(activation)
