"""L1: a penalty on the size of each value, which makes many of them zero."""

from __future__ import annotations

import numpy as np

import glassnet as gn


class L1(gn.Regularizer):
    """The sum of absolute values, also called the lasso. Its derivative at 0, where it has none, is taken to be 0.

    Tibshirani (1996), Regression Shrinkage and Selection via the Lasso, Journal of the Royal Statistical
    Society B 58.
    """

    strength: float = gn.option(0.01, ge=0, log=True, help="factor of the penalty")

    formula = "penalty = strength * sum |w|,  dw = strength * sign(w)"

    def penalty(self, w: gn.Array) -> float:
        return self.strength * np.sum(np.abs(w), dtype=np.float64).item()

    def gradient(self, w: gn.Array) -> gn.Array:
        return self.strength * np.sign(w)
