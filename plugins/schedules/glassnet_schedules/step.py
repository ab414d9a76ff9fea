"""A step size that drops by a factor at regular intervals."""

from __future__ import annotations

import glassnet as gn


class Step(gn.Schedule):
    """Multiplies the step size by `factor` after every `every` steps.

    Goodfellow, Bengio and Courville (2016), Deep Learning, section 8.3.1, speak of decaying it until a late
    iteration; drops at intervals are how He et al. (2016), arXiv:1512.03385, section 4.2, do so.

    Conventions
    -----------
    PyTorch's StepLR with ``step_size=every`` and ``gamma=factor``, called once a step.
    """

    every: int = gn.option(ge=1, help="steps from one drop to the next")
    factor: float = gn.option(0.1, gt=0, le=1, help="what the step size is multiplied with")

    examples = ("step(3)",)
    formula = "lr = base_lr factor^floor(step / every)"
    needs_total_steps = False
    checks = gn.Checks(counterpart="torch.optim.lr_scheduler.StepLR(step_size=every, gamma=factor)")

    def lr(self, step: int, total_steps: int, base_lr: float) -> float:
        return base_lr * self.factor ** (step // self.every)
