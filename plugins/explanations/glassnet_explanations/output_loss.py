"""One output as a loss: its derivative says what each number contributed to the output."""

from __future__ import annotations

import numpy as np

import glassnet as gn


class OutputLoss(gn.Loss):
    """The sum over the samples of one output."""

    output: int = gn.option(help="flat index of the output in those of a sample")

    formula = "L = sum of one output over the samples"

    def prepare_targets(self, y: gn.Array, output_shape: gn.Shape, dtype: np.dtype[np.floating]) -> gn.Array:
        return np.zeros((len(y), *output_shape), dtype)

    def forward(self, y_pred: gn.Array, y_true: gn.Array) -> float:
        total: float = y_pred.reshape(len(y_pred), -1)[:, self.output].sum()
        return total

    def backward(self, y_pred: gn.Array, y_true: gn.Array) -> gn.Array:
        dy = np.zeros_like(y_pred)
        dy.reshape(len(y_pred), -1)[:, self.output] = 1
        return dy
