"""RMSprop: each element's gradient, divided by how large it usually is."""

from __future__ import annotations

import math

import numpy as np

import glassnet as gn


class RMSprop(gn.Optimizer):
    """A step along the gradient divided by the root of its running mean square.

    Tieleman and Hinton (2012), Lecture 6.5, Coursera: Neural Networks for Machine Learning. There is neither
    momentum nor a correction of the first steps, in which the mean square still starts from zero and the
    steps are larger than later: the very first is ``lr / sqrt(1 - decay)`` in every element.

    Step size and decay are the lecture's and those of Keras; PyTorch has 0.01 and 0.99. As in PyTorch, epsilon
    is added to the root, 1e-8. Keras adds it under the root, 1e-7, which is felt as 3e-4.

    The slot ``v`` holds the decaying sum of squares, ``mean square / (1 - decay)``: a sum takes one pass over
    the array less than a mean, and the factor goes into two numbers.
    """

    lr: float = gn.option(0.001, gt=0, log=True, help="step size")
    decay: float = gn.option(0.9, ge=0, lt=1, help="part of the mean square that is kept each step")
    epsilon: float = gn.option(1e-8, gt=0, log=True, help="keeps the division finite where gradients are zero")

    formula = "v = decay v + (1 - decay) g^2,  p = p - lr g / (sqrt(v) + epsilon)"
    slots = ("v",)
    checks = gn.Checks(counterpart="torch.optim.RMSprop(alpha=decay, eps=epsilon)")

    def update(self, p: gn.Array, g: gn.Array, state: dict[str, gn.Array], lr: float, t: int) -> None:
        v = state["v"]
        square = np.square(g)
        v *= self.decay
        v += square
        # The root mean square is the root of the sum over this.
        scale = 1 / math.sqrt(1 - self.decay)
        root = np.sqrt(v, out=square)
        root += self.epsilon * scale
        g /= root
        g *= lr * scale
        p -= g

    def update_terms(
        self, p: gn.Array, g: gn.Array, state: dict[str, gn.Array], lr: float, t: int
    ) -> dict[str, gn.Array]:
        square = self.decay * (1 - self.decay) * state["v"] + (1 - self.decay) * g**2
        return {"scaling": -lr * (g / (np.sqrt(square) + self.epsilon) - g)}
