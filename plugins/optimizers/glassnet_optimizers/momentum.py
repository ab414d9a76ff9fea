"""Gradient descent with momentum, Polyak's or Nesterov's."""

from __future__ import annotations

import glassnet as gn


class Momentum(gn.Optimizer):
    """A step along a velocity that gathers gradients and forgets them slowly.

    Polyak (1964), Some methods of speeding up the convergence of iteration methods, USSR Computational
    Mathematics and Mathematical Physics 4(5). With ``nesterov=True`` the step is the one that the velocity
    would lead to next: Nesterov (1983), in the form of Bengio, Boulanger-Lewandowski and Pascanu (2012),
    arXiv:1212.0901.

    The convention is PyTorch's: the velocity has the unit of a gradient, and ``lr`` multiplies it when the
    step is taken. Sutskever, Martens, Dahl and Hinton (2013), On the importance of initialization and
    momentum in deep learning, and Keras put ``lr`` into the velocity: ``v = momentum v - lr g``,
    ``p = p + v``. The two take the same steps as long as ``lr`` stays the same. When a schedule changes it,
    here the whole velocity is rescaled at once; there, only what is added from then on.
    """

    lr: float = gn.option(0.01, gt=0, log=True, help="step size")
    momentum: float = gn.option(0.9, ge=0, lt=1, help="part of the velocity that is kept each step")
    nesterov: bool = gn.option(False, help="look one step ahead")

    formula = "v = momentum v + g,  p = p - lr v;  nesterov: p = p - lr (g + momentum v)"
    slots = ("v",)
    checks = gn.Checks(counterpart="torch.optim.SGD(momentum=momentum, nesterov=nesterov)")

    def update(self, p: gn.Array, g: gn.Array, state: dict[str, gn.Array], lr: float, t: int) -> None:
        v = state["v"]
        v[:] = self.momentum * v + g
        p -= lr * (g + self.momentum * v) if self.nesterov else lr * v

    def update_terms(
        self, p: gn.Array, g: gn.Array, state: dict[str, gn.Array], lr: float, t: int
    ) -> dict[str, gn.Array]:
        v = self.momentum * state["v"]
        return {"momentum": -lr * (self.momentum * (v + g) if self.nesterov else v)}
