"""Numbers as a network sees them: standardized, with one output for each."""

from __future__ import annotations

from typing import Any

import attrs
import numpy as np

import glassnet as gn


@attrs.frozen(eq=False)
class ValueTargets:
    """The targets of a regressor: ``(y - mean) / scale``.

    Attributes
    ----------
    mean, scale
        Mean and standard deviation of each output, ``(outputs,)``; 0 and 1 if targets are not scaled.
    is_single
        Whether targets, and so predictions, have the shape ``(samples,)``.
    loss
        The loss of the training.
    """

    mean: gn.Array
    scale: gn.Array
    is_single: bool
    loss: gn.Loss

    @classmethod
    def of(cls, y: Any, weights: Any, loss: Any, *, is_scaled: bool) -> ValueTargets:
        """Return how targets are scaled. Losses that need positive numbers, counts or signs get them as they are."""
        chosen = gn.create("loss", "mean_squared_error" if loss is None else loss)
        columns = y.reshape(len(y), -1)
        mean, scale = np.zeros(columns.shape[1]), np.ones(columns.shape[1])
        if is_scaled and "values" in chosen.target_types:
            mean = np.average(columns, axis=0, weights=weights)
            deviation = np.sqrt(np.average((columns - mean) ** 2, axis=0, weights=weights))
            # Where all targets are equal but for rounding, there is nothing to scale.
            scale = np.where(deviation > 1e-12 * np.abs(mean), deviation, 1.0)
        return cls(mean, scale, y.ndim == 1, chosen)

    @property
    def output_layers(self) -> list[str]:
        """The last layers of a network for these targets, as specs."""
        return [f"dense({len(self.mean)})"]

    def encode(self, y: Any) -> gn.Array:
        """Return targets as the loss takes them, ``(samples, outputs)``.

        Raises
        ------
        ValueError
            If there is another number of outputs than before.
        """
        columns = y.reshape(len(y), -1)
        if columns.shape[1] != len(self.mean):
            raise ValueError(f"y has {columns.shape[1]} columns, and the regressor knows {len(self.mean)}; fit anew")
        scaled: gn.Array = (columns - self.mean) / self.scale
        return scaled

    def decode(self, outputs: gn.Array) -> gn.Array:
        """Return predictions in the unit of the targets."""
        values: gn.Array = (outputs * self.scale + self.mean).astype(outputs.dtype, copy=False)
        return values[:, 0] if self.is_single else values
