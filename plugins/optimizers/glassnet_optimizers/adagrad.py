"""AdaGrad: a gradient divided by the root of the sum of all squares so far."""

from __future__ import annotations

import numpy as np

import glassnet as gn


class Adagrad(gn.Optimizer):
    """Adaptive gradient: what has seen large gradients takes small steps.

    Duchi, Hazan and Singer (2011), Adaptive Subgradient Methods for Online Learning and Stochastic Optimization,
    JMLR 12, equation 1 with a diagonal matrix.

    Conventions
    -----------
    The defaults are PyTorch's. Keras starts the sum at 0.1, and adds epsilon, 1e-7, under the root.
    """

    lr: float = gn.option(0.01, gt=0, log=True, help="step size")
    epsilon: float = gn.option(1e-10, gt=0, log=True, help="keeps the division finite where gradients are zero")

    formula = "v = v + g^2,  p = p - lr g / (sqrt(v) + epsilon)"
    slots = ("v",)
    checks = gn.Checks(counterpart="torch.optim.Adagrad(eps=epsilon)")

    def update(self, p: gn.Array, g: gn.Array, state: dict[str, gn.Array], lr: float, t: int) -> None:
        v = state["v"]
        v += g**2
        p -= lr * (g / (np.sqrt(v) + self.epsilon))

    def update_terms(
        self, p: gn.Array, g: gn.Array, state: dict[str, gn.Array], lr: float, t: int
    ) -> dict[str, gn.Array]:
        return {"scaling": -lr * (g / (np.sqrt(state["v"] + g**2) + self.epsilon) - g)}
