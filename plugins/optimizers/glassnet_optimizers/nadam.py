"""NAdam: Adam with Nesterov's momentum."""

from __future__ import annotations

import numpy as np

import glassnet as gn


class NAdam(gn.Optimizer):
    """Nesterov-accelerated adaptive moment estimation.

    Dozat (2016), Incorporating Nesterov Momentum into Adam, ICLR workshop, with the schedule of the momentum that the
    paper recommends: it grows from half of `beta1` towards `beta1`.

    Conventions
    -----------
    The defaults are PyTorch's; Keras has ``epsilon=1e-7``.
    """

    lr: float = gn.option(0.002, gt=0, log=True, help="step size")
    beta1: float = gn.option(0.9, ge=0, lt=1, help="part of the mean gradient that is kept each step")
    beta2: float = gn.option(0.999, ge=0, lt=1, help="part of the mean square that is kept each step")
    epsilon: float = gn.option(1e-8, gt=0, log=True, help="keeps the division finite where gradients are zero")
    warming: float = gn.option(0.004, ge=0, log=True, help="how fast the momentum grows")

    formula = (
        "mu_t = beta1 (1 - 0.96^(warming t) / 2),  m = beta1 m + (1 - beta1) g,  v = beta2 v + (1 - beta2) g^2,  "
        "p = p - lr (mu_(t+1) m / (1 - mu_1 ... mu_(t+1)) + (1 - mu_t) g / (1 - mu_1 ... mu_t))"
        " / (sqrt(v / (1 - beta2^t)) + epsilon)"
    )
    slots = ("m", "v")
    # The product of the momenta so far.
    scalars = ("product",)
    checks = gn.Checks(counterpart="torch.optim.NAdam(betas=(beta1, beta2), eps=epsilon, momentum_decay=warming)")

    def update(self, p: gn.Array, g: gn.Array, state: dict[str, gn.Array], lr: float, t: int) -> None:
        m, v = state["m"], state["v"]
        now, following = self.momentum_at(t), self.momentum_at(t + 1)
        product = now * (float(state["product"][0]) if t > 1 else 1.0)
        state["product"][0] = product
        m[:] = self.beta1 * m + (1 - self.beta1) * g
        v[:] = self.beta2 * v + (1 - self.beta2) * g**2
        m_hat = following * m / (1 - product * following) + (1 - now) * g / (1 - product)
        v_hat = v / (1 - self.beta2**t)
        p -= lr * m_hat / (np.sqrt(v_hat) + self.epsilon)

    def update_terms(
        self, p: gn.Array, g: gn.Array, state: dict[str, gn.Array], lr: float, t: int
    ) -> dict[str, gn.Array]:
        now, following = self.momentum_at(t), self.momentum_at(t + 1)
        product = now * (float(state["product"][0]) if t > 1 else 1.0)
        mean = following * (self.beta1 * state["m"] + (1 - self.beta1) * g) / (1 - product * following)
        mean += (1 - now) * g / (1 - product)
        square = (self.beta2 * state["v"] + (1 - self.beta2) * g**2) / (1 - self.beta2**t)
        step = mean / (np.sqrt(square) + self.epsilon)
        return {"momentum": -lr * (mean - g), "scaling": -lr * (step - mean)}

    def momentum_at(self, t: int) -> float:
        """Return the momentum of step `t`."""
        return float(self.beta1 * (1 - 0.5 * 0.96 ** (self.warming * t)))
