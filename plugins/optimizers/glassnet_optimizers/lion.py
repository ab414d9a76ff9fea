"""Lion: steps of one length, along the sign of a mean gradient."""

from __future__ import annotations

import numpy as np

import glassnet as gn


class Lion(gn.Optimizer):
    """Evolved sign momentum.

    Chen et al. (2023), Symbolic Discovery of Optimization Algorithms, arXiv:2302.06675, Algorithm 2. Every parameter
    moves by the same amount, so its step size is 3 to 10 times smaller than Adam's, and its decay as much larger
    (section 5 there).

    Conventions
    -----------
    The defaults are the paper's. PyTorch has no Lion; Keras' is the same with another default step size, 0.001.
    """

    lr: float = gn.option(1e-4, gt=0, log=True, help="step size")
    beta1: float = gn.option(0.9, ge=0, lt=1, help="part of the mean gradient in the direction of a step")
    beta2: float = gn.option(0.99, ge=0, lt=1, help="part of the mean gradient that is kept each step")
    weight_decay: float = gn.option(0.0, ge=0, log=True, help="part of each parameter that a step of size 1 takes away")

    formula = "p = p - lr (sign(beta1 m + (1 - beta1) g) + weight_decay p),  m = beta2 m + (1 - beta2) g"
    slots = ("m",)

    @property
    def updates_at_zero_gradient(self) -> bool:
        """Whether there is a decay."""
        return self.weight_decay > 0

    def update(self, p: gn.Array, g: gn.Array, state: dict[str, gn.Array], lr: float, t: int) -> None:
        m = state["m"]
        direction = np.sign(self.beta1 * m + (1 - self.beta1) * g)
        p -= lr * (direction + self.weight_decay * p)
        m[:] = self.beta2 * m + (1 - self.beta2) * g

    def update_terms(
        self, p: gn.Array, g: gn.Array, state: dict[str, gn.Array], lr: float, t: int
    ) -> dict[str, gn.Array]:
        mean = self.beta1 * state["m"] + (1 - self.beta1) * g
        decay = {"decay": -lr * self.weight_decay * p} if self.weight_decay else {}
        return {**decay, "momentum": -lr * (mean - g), "scaling": -lr * (np.sign(mean) - mean)}
