"""The base class of losses that take another loss's place."""

from __future__ import annotations

import numpy as np

from glassnet.components.declaration import option
from glassnet.components.layer import Layer
from glassnet.components.loss import Loss
from glassnet.types import Array, Shape


class LossWrapper(Loss):
    """Is to all others what its loss is; a subclass overrides what it does in another way."""

    loss: Loss = option(kind="loss", help="whose place it takes")

    @property
    def prediction_type(self) -> str:
        return self.loss.prediction_type

    @property
    def needed_range(self) -> tuple[float, float]:
        return self.loss.needed_range

    def of_classes(self, output_shape: Shape) -> bool:
        return self.loss.of_classes(output_shape)

    def prepare_targets(self, y: Array, output_shape: Shape, dtype: np.dtype[np.floating]) -> Array:
        return self.loss.prepare_targets(y, output_shape, dtype)

    def forward(self, y_pred: Array, y_true: Array) -> float:
        return self.loss.forward(y_pred, y_true)

    def per_sample(self, y_pred: Array, y_true: Array) -> Array:
        return self.loss.per_sample(y_pred, y_true)

    def backward(self, y_pred: Array, y_true: Array) -> Array:
        return self.loss.backward(y_pred, y_true)

    def value_and_gradient(self, y_pred: Array, y_true: Array) -> tuple[float, Array]:
        return self.loss.value_and_gradient(y_pred, y_true)

    def fuse(self, activation: Layer) -> Loss | None:
        return self.loss.fuse(activation)
