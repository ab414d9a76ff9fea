"""A step size that grows once and then falls to almost nothing."""

from __future__ import annotations

import math

import glassnet as gn


class OneCycle(gn.Schedule):
    """One cycle: up along half a cosine to the optimizer's ``lr``, then down along another to far below the start.

    Smith and Topin (2018), Super-Convergence: Very Fast Training of Neural Networks Using Large Learning Rates,
    arXiv:1708.07120. The half cosines are those of fastai, in place of the paper's straight lines.

    Conventions
    -----------
    PyTorch's OneCycleLR with ``max_lr`` = the optimizer's ``lr``, ``pct_start=rise``, ``div_factor=start`` and
    ``final_div_factor=end``, and without its cycling of momentum: an optimizer's options stay as they are.
    """

    rise: float = gn.option(0.3, gt=0, lt=1, help="the part of the run in which the step size grows")
    start: float = gn.option(25.0, gt=1, help="how many times smaller than the largest the first step size is")
    end: float = gn.option(1e4, gt=1, log=True, help="how many times smaller than the first the last step size is")

    formula = "lr = between(base_lr / start, base_lr) while rising, then between(base_lr, base_lr / (start end))"
    checks = gn.Checks(
        counterpart="torch.optim.lr_scheduler.OneCycleLR(max_lr=base_lr, total_steps=total_steps, pct_start=rise, "
        "div_factor=start, final_div_factor=end)"
    )

    def lr(self, step: int, total_steps: int, base_lr: float) -> float:
        first = base_lr / self.start
        # The largest step size falls on this step, a whole number or not, and the smallest on the last step.
        peak = self.rise * total_steps - 1
        last = total_steps - 1
        if step <= peak:
            return _between(first, base_lr, step / peak if peak > 0 else 1.0)
        return _between(base_lr, first / self.end, (step - peak) / (last - peak) if last > peak else 1.0)


def _between(start: float, stop: float, part: float) -> float:
    """Return the value at `part` of the way along half a cosine."""
    return stop + (start - stop) * (1 + math.cos(math.pi * part)) / 2
