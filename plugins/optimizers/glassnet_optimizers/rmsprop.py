"""RMSprop: each element's gradient, divided by how large it usually is."""

from __future__ import annotations

import numpy as np

import glassnet as gn


class RMSprop(gn.Optimizer):
    """A step along the gradient divided by the root of its running mean square.

    Tieleman and Hinton (2012), Lecture 6.5, Coursera: Neural Networks for Machine Learning. There is neither
    momentum nor a correction of the first steps, in which the mean square still starts from zero and the
    steps are larger than later. The very first is ``lr / sqrt(1 - decay)`` in every element.

    Step size and decay are the lecture's and those of Keras; PyTorch has 0.01 and 0.99. As in PyTorch, epsilon
    is added to the root, 1e-8. Keras adds it under the root, 1e-7, which is felt as 3e-4.
    """

    lr: float = gn.option(0.001, gt=0, log=True, help="step size")
    decay: float = gn.option(0.9, ge=0, lt=1, help="part of the mean square that is kept each step")
    epsilon: float = gn.option(1e-8, gt=0, log=True, help="keeps the division finite where gradients are zero")

    formula = "v = decay v + (1 - decay) g^2,  p = p - lr g / (sqrt(v) + epsilon)"
    slots = ("v",)
    checks = gn.Checks(counterpart="torch.optim.RMSprop(alpha=decay, eps=epsilon)")

    def update(self, p: gn.Array, g: gn.Array, state: dict[str, gn.Array], lr: float, t: int) -> None:
        v = state["v"]
        v[:] = self.decay * v + (1 - self.decay) * g**2
        p -= lr * g / (np.sqrt(v) + self.epsilon)

    def update_terms(
        self, p: gn.Array, g: gn.Array, state: dict[str, gn.Array], lr: float, t: int
    ) -> dict[str, gn.Array]:
        square = self.decay * state["v"] + (1 - self.decay) * g**2
        return {"scaling": -lr * (g / (np.sqrt(square) + self.epsilon) - g)}
