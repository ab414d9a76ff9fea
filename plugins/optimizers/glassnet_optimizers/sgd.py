"""Stochastic gradient descent."""

from __future__ import annotations

import glassnet as gn


class SGD(gn.Optimizer):
    """A step against the gradient.

    Robbins and Monro (1951), A Stochastic Approximation Method, Annals of Mathematical Statistics 22(3).

    The step size is 0.01 by default, as in Keras; PyTorch's is 0.001.
    """

    lr: float = gn.option(0.01, gt=0, log=True, help="step size")

    formula = "p = p - lr g"
    checks = gn.Checks(counterpart="torch.optim.SGD")

    def update(self, p: gn.Array, g: gn.Array, state: dict[str, gn.Array], lr: float, t: int) -> None:
        g *= lr
        p -= g

    def update_terms(
        self, p: gn.Array, g: gn.Array, state: dict[str, gn.Array], lr: float, t: int
    ) -> dict[str, gn.Array]:
        return {}
