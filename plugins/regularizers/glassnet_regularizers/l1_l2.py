"""L1 and L2 together: few values, and small ones."""

from __future__ import annotations

import numpy as np

import glassnet as gn


class L1L2(gn.Regularizer):
    """The sum of absolute values and the sum of squares, each with a factor; also called the elastic net.

    As in `l2`, the squares have no factor 1/2. The derivative of ``|w|`` at 0, where it has none, is taken to
    be 0.

    Zou and Hastie (2005), Regularization and Variable Selection via the Elastic Net, Journal of the Royal
    Statistical Society B 67.
    """

    l1: float = gn.option(0.01, ge=0, log=True, help="factor of the absolute values")
    l2: float = gn.option(0.01, ge=0, log=True, help="factor of the squares")

    formula = "penalty = l1 * sum |w| + l2 * sum w^2,  dw = l1 * sign(w) + 2 * l2 * w"

    def penalty(self, w: gn.Array) -> float:
        absolute = np.sum(np.abs(w), dtype=np.float64).item()
        squares = np.sum(np.square(w), dtype=np.float64).item()
        return self.l1 * absolute + self.l2 * squares

    def gradient(self, w: gn.Array) -> gn.Array:
        return self.l1 * np.sign(w) + 2 * self.l2 * w
