"""Writes values/schedules.npz: step sizes of PyTorch's schedulers over 1,000 steps. Run it where torch is installed."""

import warnings
from pathlib import Path

import numpy as np
import torch
from torch.optim import lr_scheduler

STEPS = 1000
BASE = 0.3


def warmed_up(optimizer):
    first = lr_scheduler.LinearLR(optimizer, start_factor=1 / 100, total_iters=99)
    then = lr_scheduler.CosineAnnealingLR(optimizer, T_max=STEPS - 100)
    return lr_scheduler.SequentialLR(optimizer, [first, then], milestones=[100])


SCHEDULES = {
    "constant": lambda o: lr_scheduler.ConstantLR(o, factor=1.0),
    "step(every=70, factor=0.5)": lambda o: lr_scheduler.StepLR(o, step_size=70, gamma=0.5),
    "exponential(final_fraction=0.01)": lambda o: lr_scheduler.ExponentialLR(o, gamma=0.01 ** (1 / STEPS)),
    "cosine(final_fraction=0.1)": lambda o: lr_scheduler.CosineAnnealingLR(o, T_max=STEPS, eta_min=0.1 * BASE),
    "one_cycle": lambda o: lr_scheduler.OneCycleLR(o, max_lr=BASE, total_steps=STEPS),
    "one_cycle(rise=0.25, start=10.0, end=100.0)": lambda o: lr_scheduler.OneCycleLR(
        o, max_lr=BASE, total_steps=STEPS, pct_start=0.25, div_factor=10, final_div_factor=100
    ),
    "warmup(cosine, steps=100)": warmed_up,
}


def step_sizes(make):
    """Return the step size of each step."""
    optimizer = torch.optim.SGD([torch.zeros(1, requires_grad=True)], lr=BASE)
    scheduler = make(optimizer)
    sizes = []
    for _ in range(STEPS):
        sizes.append(optimizer.param_groups[0]["lr"])
        optimizer.step()
        scheduler.step()
    return np.array(sizes)


def plateaus():
    """Return losses that fall and stall, and the step size that each epoch of them leaves."""
    losses = np.abs(np.cumsum(np.random.default_rng(0).normal(-0.05, 0.3, 1000)) + 20) / 20
    optimizer = torch.optim.SGD([torch.zeros(1, requires_grad=True)], lr=BASE)
    scheduler = lr_scheduler.ReduceLROnPlateau(
        optimizer, factor=0.8, patience=12, threshold=0.001, threshold_mode="abs", eps=0.0
    )
    sizes = []
    for loss in losses:
        scheduler.step(loss)
        sizes.append(optimizer.param_groups[0]["lr"])
    return losses, np.array(sizes)


if __name__ == "__main__":
    warnings.simplefilter("ignore")
    values = {spec: step_sizes(make) for spec, make in SCHEDULES.items()}
    values["losses"], values["plateaus"] = plateaus()
    # Every 9th step, and the last ones: small, and no bend is missed.
    shown = sorted({*range(0, STEPS, 9), *range(STEPS - 5, STEPS), *range(95, 105), *range(245, 255), *range(295, 305)})
    kept = {name: array if name in ("losses", "plateaus") else array[shown] for name, array in values.items()}
    np.savez_compressed(Path(__file__).parents[1] / "values" / "schedules.npz", steps=shown, **kept)
