"""Small steps first, then another schedule."""

from __future__ import annotations

import glassnet as gn


class Warmup(gn.Schedule):
    """Grows the step size in a straight line for some steps, then follows another schedule for the rest.

    Goyal et al. (2017), Accurate, Large Minibatch SGD: Training ImageNet in 1 Hour, arXiv:1706.02677,
    section 2.2.

    Step number `steps` - 1 is the first of full size. The schedule behind it sees a run that is so much shorter,
    and starts with step `steps`.

    Conventions
    -----------
    PyTorch's LinearLR with ``start_factor=1 / steps`` and ``total_iters=steps - 1``, followed by the other
    scheduler through SequentialLR with the milestone `steps`.
    """

    schedule: gn.Schedule = gn.option("constant", kind="schedule", help="what follows")
    steps: int = gn.option(500, ge=1, kw_only=True, help="steps until the full step size is reached")

    checks = gn.Checks(counterpart="torch.optim.lr_scheduler.LinearLR(start_factor=1 / steps, total_iters=steps - 1)")
    examples = ("warmup", "warmup(steps=20)")
    formula = "lr = base_lr (step + 1) / steps  for step < steps,  then the other schedule's"

    @property
    def needs_total_steps(self) -> bool:
        return self.schedule.needs_total_steps

    def lr(self, step: int, total_steps: int, base_lr: float) -> float:
        if step < self.steps:
            return base_lr * (step + 1) / self.steps
        # After the last step of a run that is warmup alone, the step size is asked for once more.
        return self.schedule.lr(step - self.steps, max(total_steps - self.steps, 1), base_lr)
