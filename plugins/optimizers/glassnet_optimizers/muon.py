"""Muon: momentum made orthogonal, for matrices."""

from __future__ import annotations

import numpy as np

import glassnet as gn

# Keller Jordan's coefficients of the iteration: steepest at zero, at the price of ending near 1 instead of at 1.
_A, _B, _C = 3.4445, -4.7750, 2.0315
_ITERATIONS = 5
_TINY = 1e-7


class Muon(gn.Optimizer):
    """Momentum whose matrix is replaced by the nearest one that has all singular values near 1.

    Jordan et al. (2024), Muon: An optimizer for hidden layers in neural networks, kellerjordan.github.io/posts/muon.
    A step then moves all directions of a layer's space alike, the rare ones too.

    The kernel of a convolution is taken as a matrix of ``(height * width * channels, filters)``. What is no matrix,
    such as a bias, is left to another optimizer, whose step size keeps its proportion to this one's.

    Conventions
    -----------
    PyTorch's Muon iterates in bfloat16, so its figures have two digits in common with these; its step size is
    multiplied with ``sqrt(max(1, rows / columns))`` of its transposed weights, which is ``sqrt(max(1, units /
    features))`` here.
    """

    lr: float = gn.option(0.02, gt=0, log=True, help="step size")
    momentum: float = gn.option(0.95, ge=0, lt=1, help="part of the mean gradient that is kept each step")
    nesterov: bool = gn.option(True, help="look ahead along the momentum")
    decay: float = gn.option(0.0, ge=0, log=True, help="part of each matrix that a step of size 1 takes away")
    others: gn.Optimizer = gn.option("adam", kind="optimizer", keyword=True, help="for what is no matrix")

    formula = (
        "m = momentum m + (1 - momentum) g,  p = p (1 - lr decay) - lr sqrt(max(1, units / features)) orthogonal(m)"
    )
    works_on = "tensor"
    moves_without_gradient = True  # the direction of a momentum, however small it has become, is a full step

    @property
    def slots(self) -> tuple[str, ...]:  # type: ignore[override]
        """The momentum, and what the other optimizer keeps."""
        return ("momentum", *(f"others {name}" for name in self.others.slots))

    @property
    def scalars(self) -> tuple[str, ...]:  # type: ignore[override]
        """What the other optimizer keeps."""
        return tuple(f"others {name}" for name in self.others.scalars)

    def update(self, p: gn.Array, g: gn.Array, state: dict[str, gn.Array], lr: float, t: int) -> None:
        if p.ndim < 2:
            theirs = {name: state[f"others {name}"] for name in (*self.others.slots, *self.others.scalars)}
            self.others.update(p, g, theirs, lr * self.others.lr / self.lr, t)
            return
        m = state["momentum"]
        m += (1 - self.momentum) * (g - m)
        direction = g + self.momentum * (m - g) if self.nesterov else m
        matrix = orthogonalized(direction.reshape(-1, p.shape[-1]))
        features, units = matrix.shape
        if self.decay:
            p *= 1 - lr * self.decay
        p -= lr * np.sqrt(max(1.0, units / features)).item() * matrix.reshape(p.shape)


def orthogonalized(matrix: gn.Array) -> gn.Array:
    """Return, nearly, the orthogonal factor of `matrix`: U V^T where it is U S V^T.

    Newton-Schulz iteration: an odd polynomial of the matrix is one of its singular values, and repeated it takes all
    of them in 0..1 to around 1. Bernstein and Newhouse (2024), Old Optimizer, New Norm, arXiv:2409.20325.
    """
    x = matrix if matrix.shape[0] <= matrix.shape[1] else matrix.T
    x = x / max(float(np.linalg.norm(x)), _TINY)
    for _ in range(_ITERATIONS):
        gram = x @ x.T
        x = _A * x + (_B * gram + _C * gram @ gram) @ x
    return x if matrix.shape[0] <= matrix.shape[1] else x.T
