"""Adam: a step along the mean gradient, divided by the root mean square gradient."""

from __future__ import annotations

import numpy as np

import glassnet as gn


class Adam(gn.Optimizer):
    """Adaptive moment estimation.

    Kingma and Ba (2015), Adam: A Method for Stochastic Optimization, arXiv:1412.6980, Algorithm 1. Both means
    give the newest gradient most weight, and are corrected for having started from zero.

    The defaults are the paper's and PyTorch's. Keras adds epsilon, 1e-7, before the correction (the "epsilon
    hat" at the end of the paper's section 2), so that its first steps are damped more.
    """

    lr: float = gn.option(0.001, gt=0, log=True, help="step size")
    beta1: float = gn.option(0.9, ge=0, lt=1, help="part of the mean gradient that is kept each step")
    beta2: float = gn.option(0.999, ge=0, lt=1, help="part of the mean square that is kept each step")
    epsilon: float = gn.option(1e-8, gt=0, log=True, help="keeps the division finite where gradients are zero")

    formula = (
        "m = beta1 m + (1 - beta1) g,  v = beta2 v + (1 - beta2) g^2,  "
        "p = p - lr m / (1 - beta1^t) / (sqrt(v / (1 - beta2^t)) + epsilon)"
    )
    slots = ("m", "v")
    checks = gn.Checks(counterpart="torch.optim.Adam(betas=(beta1, beta2), eps=epsilon)")

    def update(self, p: gn.Array, g: gn.Array, state: dict[str, gn.Array], lr: float, t: int) -> None:
        m, v = state["m"], state["v"]
        m[:] = self.beta1 * m + (1 - self.beta1) * g
        v[:] = self.beta2 * v + (1 - self.beta2) * g**2
        m_hat = m / (1 - self.beta1**t)
        v_hat = v / (1 - self.beta2**t)
        p -= lr * m_hat / (np.sqrt(v_hat) + self.epsilon)

    def update_terms(
        self, p: gn.Array, g: gn.Array, state: dict[str, gn.Array], lr: float, t: int
    ) -> dict[str, gn.Array]:
        mean = (self.beta1 * state["m"] + (1 - self.beta1) * g) / (1 - self.beta1**t)
        square = (self.beta2 * state["v"] + (1 - self.beta2) * g**2) / (1 - self.beta2**t)
        step = mean / (np.sqrt(square) + self.epsilon)
        return {"momentum": -lr * (mean - g), "scaling": -lr * (step - mean)}
