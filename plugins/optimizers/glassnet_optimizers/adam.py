"""Adam: a step along the mean gradient, divided by the root mean square gradient."""

from __future__ import annotations

import math

import numpy as np

import glassnet as gn


class Adam(gn.Optimizer):
    """Adaptive moment estimation.

    Kingma and Ba (2015), Adam: A Method for Stochastic Optimization, arXiv:1412.6980, Algorithm 1. Both means
    give the newest gradient most weight, and are corrected for having started from zero.

    The defaults are the paper's and PyTorch's. Keras adds epsilon, 1e-7, before the correction (the "epsilon
    hat" at the end of the paper's section 2), so that its first steps are damped more.

    The slots hold decaying sums where the paper holds means: ``m`` is the paper's over ``1 - beta1``, ``v``
    over ``1 - beta2``. A sum takes one pass over the array less than a mean, and the corrected mean is simply
    the sum over the sum of its weights. Of the ten passes left, the root alone takes a quarter of the time.
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
        m *= self.beta1
        m += g
        v *= self.beta2
        v += np.square(g, out=g)
        # 1 + beta + … + beta^(t - 1): the weights that the t gradients in a sum have.
        weights1 = (1 - self.beta1**t) / (1 - self.beta1)
        weights2 = (1 - self.beta2**t) / (1 - self.beta2)
        # p -= lr * (m / weights1) / (sqrt(v / weights2) + epsilon), with every factor taken out of the arrays.
        scale = math.sqrt(weights2)
        root = np.sqrt(v, out=g)
        root += self.epsilon * scale
        step = np.divide(m, root, out=g)
        step *= lr * scale / weights1
        p -= step

    def update_terms(
        self, p: gn.Array, g: gn.Array, state: dict[str, gn.Array], lr: float, t: int
    ) -> dict[str, gn.Array]:
        mean = (1 - self.beta1) * (self.beta1 * state["m"] + g) / (1 - self.beta1**t)
        square = (1 - self.beta2) * (self.beta2 * state["v"] + g**2) / (1 - self.beta2**t)
        step = mean / (np.sqrt(square) + self.epsilon)
        return {"momentum": -lr * (mean - g), "scaling": -lr * (step - mean)}
