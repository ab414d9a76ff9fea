"""Writes values/optimizers.npz: where PyTorch's optimizers arrive after 50 steps. Run it where torch is installed.

A quadratic bowl that is not round, and gradients that change from step to step: ``curvature * p + noise[t]``.
"""

from pathlib import Path

import numpy as np
import torch

STEPS = 50
OPTIMIZERS = {
    "sgd(lr=0.1)": (torch.optim.SGD, {"lr": 0.1}),
    "momentum(lr=0.05, momentum=0.8)": (torch.optim.SGD, {"lr": 0.05, "momentum": 0.8}),
    "momentum(lr=0.05, momentum=0.8, nesterov=True)": (
        torch.optim.SGD,
        {"lr": 0.05, "momentum": 0.8, "nesterov": True},
    ),
    "rmsprop(lr=0.01, decay=0.9, epsilon=1e-7)": (torch.optim.RMSprop, {"lr": 0.01, "alpha": 0.9, "eps": 1e-7}),
    "adam(lr=0.02, beta1=0.8, beta2=0.99, epsilon=1e-6)": (
        torch.optim.Adam,
        {"lr": 0.02, "betas": (0.8, 0.99), "eps": 1e-6},
    ),
    "adagrad(lr=0.1)": (torch.optim.Adagrad, {"lr": 0.1}),
    "adamw(lr=0.02, decay=0.1)": (torch.optim.AdamW, {"lr": 0.02, "weight_decay": 0.1}),
    "nadam(lr=0.02)": (torch.optim.NAdam, {"lr": 0.02}),
    "radam(lr=0.02)": (torch.optim.RAdam, {"lr": 0.02}),
    "lbfgs(lr=0.5, memory=3, line_search=False)": (
        torch.optim.LBFGS,
        {"lr": 0.5, "history_size": 3, "max_iter": 1, "tolerance_grad": 0, "tolerance_change": 0},
    ),
}


def problem():
    """Return the start, the curvatures, and the noise of each step."""
    rng = np.random.default_rng(0)
    return rng.normal(size=12), np.linspace(0.1, 2.0, 12), rng.normal(size=(STEPS, 12)) * 0.3


def arrived(make, options):
    """Return where an optimizer of PyTorch arrives."""
    start, curvature, noise = (torch.from_numpy(each) for each in problem())
    p = start.clone().requires_grad_()
    optimizer = make([p], **options)
    for t in range(STEPS):

        def closure(t=t):
            p.grad = (curvature * p + noise[t]).detach()
            return torch.tensor(0.0)

        optimizer.step(closure)
    return p.detach().numpy()


if __name__ == "__main__":
    torch.set_default_dtype(torch.float64)  # NAdam keeps its product of momenta in the default type
    values = {spec: arrived(make, options) for spec, (make, options) in OPTIMIZERS.items()}
    np.savez_compressed(Path(__file__).parents[1] / "values" / "optimizers.npz", **values)
