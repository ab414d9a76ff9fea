"""A step size that stays as it is."""

from __future__ import annotations

import glassnet as gn


class Constant(gn.Schedule):
    """The optimizer's own step size, at every step. Source: by definition."""

    formula = "lr = base_lr"
    needs_total_steps = False
    checks = gn.Checks(counterpart="torch.optim.lr_scheduler.ConstantLR(factor=1.0)")

    def lr(self, step: int, total_steps: int, base_lr: float) -> float:
        return base_lr
