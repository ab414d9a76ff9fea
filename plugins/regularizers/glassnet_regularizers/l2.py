"""L2: a penalty on the square of each value, which keeps them small."""

from __future__ import annotations

import numpy as np

import glassnet as gn


class L2(gn.Regularizer):
    """The sum of squares, also called weight decay or ridge.

    There is no factor 1/2 in it, as in Keras: ``weight_decay=d`` of PyTorch's SGD, which adds ``d * w`` to the
    gradient, corresponds to a strength of ``d / 2``.

    Krogh and Hertz (1991), A Simple Weight Decay Can Improve Generalization, NIPS 4.
    """

    strength: float = gn.option(0.01, ge=0, log=True, help="factor of the penalty")

    formula = "penalty = strength * sum w^2,  dw = 2 * strength * w"

    def penalty(self, w: gn.Array) -> float:
        return self.strength * np.sum(np.square(w), dtype=np.float64).item()

    def gradient(self, w: gn.Array) -> gn.Array:
        return 2 * self.strength * w
