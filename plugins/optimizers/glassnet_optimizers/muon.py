"""Muon: momentum made orthogonal, for matrices."""

from __future__ import annotations

import math

import glassnet as gn
from glassnet_optimizers.matrix_optimizer import MatrixOptimizer
from glassnet_optimizers.newton_schulz import orthogonalized


class Muon(MatrixOptimizer):
    """Momentum whose matrix is replaced by the nearest one that has all singular values near 1.

    Jordan et al. (2024), Muon: An optimizer for hidden layers in neural networks, kellerjordan.github.io/posts/muon.
    A step then moves all directions of a layer's space alike, the rare ones too. With ``scale="match_rms_adamw"`` its
    root mean square is that of a typical step of Adam, so that one `lr` suits both: Liu et al. (2025), Muon is Scalable
    for LLM Training, arXiv:2502.16982, section 2.2.

    The kernel of a convolution is taken as a matrix of ``(height * width * channels, filters)``, and so is every
    parameter of more than two axes: the last one stays. What has one axis, such as a bias, is left to another
    optimizer, whose step size keeps its proportion to this one's. (Jordan leaves embeddings and the last layer to it,
    too; here every matrix is made orthogonal.)

    The slot holds a decaying sum of gradients; orthogonalized, a sum and a mean are the same.

    Conventions
    -----------
    PyTorch's Muon, with ``adjust_lr_fn=scale``, but for its iteration in bfloat16, of which two digits are right. Its
    weights are transposed, so that its ``rows / columns`` are ``units / features`` here. It has a step size of 0.001
    and a decay of 0.1.
    """

    lr: float = gn.option(0.02, gt=0, log=True, help="step size")
    momentum: float = gn.option(0.95, ge=0, lt=1, help="part of the mean gradient that is kept each step")
    nesterov: bool = gn.option(True, help="look ahead along the momentum")
    weight_decay: float = gn.option(0.0, ge=0, log=True, help="part of each matrix that a step of size 1 takes away")
    scale: str = gn.option(
        "original",
        choices=("original", "match_rms_adamw"),
        help="how a step depends on a matrix' shape: sqrt(max(1, units / features)), or 0.2 sqrt(the larger of both)",
    )
    others: gn.Optimizer = gn.option("adam", kind="optimizer", kw_only=True, help="for non-matrices")

    examples = ("muon", "muon(scale='match_rms_adamw', weight_decay=0.1, others=ema(adam))")
    formula = (
        "m = momentum m + g,  p = p (1 - lr weight_decay) - lr scale orthogonal(m);  "
        "nesterov: orthogonal(g + momentum m)"
    )
    own_slots = ("momentum",)

    @property
    def updates_at_zero_gradient(self) -> bool:
        """Whether there is a decay, here or in the other optimizer."""
        return self.weight_decay > 0 or self.others.updates_at_zero_gradient

    def update(self, p: gn.Array, g: gn.Array, state: dict[str, gn.Array], lr: float, t: int) -> None:
        m = state["momentum"]
        m *= self.momentum
        m += g
        if self.nesterov:
            g += self.momentum * m
        matrix = orthogonalized((g if self.nesterov else m).reshape(-1, p.shape[-1]))
        if self.weight_decay:
            p *= 1 - lr * self.weight_decay
        matrix *= lr * self._scale(*matrix.shape)
        p -= matrix.reshape(p.shape)

    def update_terms(
        self, p: gn.Array, g: gn.Array, state: dict[str, gn.Array], lr: float, t: int
    ) -> dict[str, gn.Array] | None:
        if p.ndim < 2:
            others = lr * self.others.lr / self.lr
            terms = self.others.update_terms(p, g, self.state_of_others(state), others, t)
            return None if terms is None else {"other optimizer's lr": -(others - lr) * g, **terms}
        m = self.momentum * state["momentum"] + g
        mean = g + self.momentum * m if self.nesterov else m
        matrix = orthogonalized(mean.reshape(-1, p.shape[-1]))
        step = (self._scale(*matrix.shape) * matrix).reshape(p.shape)
        decay = {"decay": -lr * self.weight_decay * p} if self.weight_decay else {}
        return {**decay, "momentum": -lr * (mean - g), "scaling": -lr * (step - mean)}

    def _scale(self, features: int, units: int) -> float:
        if self.scale == "original":
            return math.sqrt(max(1.0, units / features))
        return 0.2 * math.sqrt(max(features, units))  # an orthogonal matrix has a root mean square of 1 over this root
