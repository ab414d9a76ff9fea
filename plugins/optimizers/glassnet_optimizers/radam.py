"""RAdam: Adam that waits until its mean square gradient can be trusted."""

from __future__ import annotations

import numpy as np

import glassnet as gn


class RAdam(gn.Optimizer):
    """Rectified Adam: the adaptive step is scaled by the variance that it has; at first it is not taken at all.

    Liu et al. (2020), On the Variance of the Adaptive Learning Rate and Beyond, arXiv:1908.03265, Algorithm 2.

    Conventions
    -----------
    The defaults are PyTorch's, which as here adds epsilon to the root before its bias is corrected, and takes the
    adaptive step from a length of 5 on (the paper: 4).
    """

    lr: float = gn.option(0.001, gt=0, log=True, help="step size")
    beta1: float = gn.option(0.9, ge=0, lt=1, help="part of the mean gradient that is kept each step")
    beta2: float = gn.option(0.999, ge=0, lt=1, help="part of the mean square that is kept each step")
    epsilon: float = gn.option(1e-8, gt=0, log=True, help="keeps the division finite where gradients are zero")

    formula = (
        "m = beta1 m + (1 - beta1) g,  v = beta2 v + (1 - beta2) g^2,  "
        "rho_t = rho - 2 t beta2^t / (1 - beta2^t)  with  rho = 2 / (1 - beta2) - 1,  "
        "r = sqrt((rho_t - 4)(rho_t - 2) rho / ((rho - 4)(rho - 2) rho_t)),  "
        "p = p - lr m / (1 - beta1^t) (r sqrt(1 - beta2^t) / (sqrt(v) + epsilon)  if rho_t > 5,  else 1)"
    )
    slots = ("m", "v")
    checks = gn.Checks(counterpart="torch.optim.RAdam(betas=(beta1, beta2), eps=epsilon)")

    def update(self, p: gn.Array, g: gn.Array, state: dict[str, gn.Array], lr: float, t: int) -> None:
        m, v = state["m"], state["v"]
        m[:] = self.beta1 * m + (1 - self.beta1) * g
        v[:] = self.beta2 * v + (1 - self.beta2) * g**2
        m_hat = m / (1 - self.beta1**t)
        rho = 2 / (1 - self.beta2) - 1
        rho_t = rho - 2 * t * self.beta2**t / (1 - self.beta2**t)
        if rho_t > 5:
            r = ((rho_t - 4) * (rho_t - 2) * rho / ((rho - 4) * (rho - 2) * rho_t)) ** 0.5
            p -= lr * m_hat * r * (1 - self.beta2**t) ** 0.5 / (np.sqrt(v) + self.epsilon)
        else:
            p -= lr * m_hat

    def update_terms(
        self, p: gn.Array, g: gn.Array, state: dict[str, gn.Array], lr: float, t: int
    ) -> dict[str, gn.Array]:
        mean = (self.beta1 * state["m"] + (1 - self.beta1) * g) / (1 - self.beta1**t)
        change = np.zeros_like(p)
        self.update(change, g.copy(), {name: array.copy() for name, array in state.items()}, lr, t)
        return {"momentum": -lr * (mean - g), "scaling": change + lr * mean}
