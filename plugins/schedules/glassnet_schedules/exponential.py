"""A step size that falls by the same factor at every step."""

from __future__ import annotations

import glassnet as gn


class Exponential(gn.Schedule):
    """Exponential decay over the whole run.

    Senior, Heigold, Ranzato and Yang (2013), An empirical study of learning rates in deep neural networks for speech
    recognition, ICASSP, which compares it with others.

    The run's length sets the pace: a shorter run decays faster and ends at the same step size. Like `cosine`, it
    arrives at ``final_fraction * base_lr`` where step ``total_steps`` would be.

    Conventions
    -----------
    PyTorch's ExponentialLR, called once a step, with ``gamma = final ** (1 / total_steps)``; Keras'
    ExponentialDecay with ``decay_rate=final`` and ``decay_steps=total_steps``.
    """

    final_fraction: float = gn.option(
        0.01, gt=0, le=1, log=True, help="step size at the end, as a fraction of the first"
    )

    formula = "lr = base_lr final_fraction^(step / total_steps)"
    checks = gn.Checks(counterpart="torch.optim.lr_scheduler.ExponentialLR(gamma=final_fraction ** (1 / total_steps))")

    def lr(self, step: int, total_steps: int, base_lr: float) -> float:
        return float(base_lr * self.final_fraction ** (step / total_steps))
