"""A step size that falls along half a cosine."""

from __future__ import annotations

import math

import glassnet as gn


class Cosine(gn.Schedule):
    """Cosine annealing over the whole run, without restarts.

    Loshchilov and Hutter (2017), SGDR: Stochastic Gradient Descent with Warm Restarts, arXiv:1608.03983,
    equation 5, with the run as the only period.

    Step 0 is taken with ``base_lr``; half way it is the mean of ``base_lr`` and ``final_fraction * base_lr``. The curve
    arrives at ``final_fraction * base_lr`` where step ``total_steps`` would be, so that no step has size zero. The last
    one still has ``(1 - cos(pi / total_steps)) / 2`` of the way before it, about ``2.5 / total_steps^2``.
    PyTorch's CosineAnnealingLR and Keras' CosineDecay count in the same way.
    """

    final_fraction: float = gn.option(0.0, ge=0, le=1, help="step size at the end, as a fraction of the first")

    formula = "lr = base_lr (final_fraction + (1 - final_fraction) (1 + cos(pi step / total_steps)) / 2)"
    checks = gn.Checks(
        counterpart="torch.optim.lr_scheduler.CosineAnnealingLR(T_max=total_steps, eta_min=final_fraction * base_lr)"
    )

    def lr(self, step: int, total_steps: int, base_lr: float) -> float:
        remaining = (1 + math.cos(math.pi * step / total_steps)) / 2
        return base_lr * (self.final_fraction + (1 - self.final_fraction) * remaining)
