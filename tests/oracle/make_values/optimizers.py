"""Writes values/optimizers.npz: where PyTorch's optimizers are after some of 50 steps. Run it where torch is installed.

A quadratic bowl that is not round, and gradients that change from step to step: ``curvature * p + noise[t]``. For
L-BFGS, which learns from differences of gradients, there is no noise; for Muon, the parameters are a matrix.
"""

from pathlib import Path

import numpy as np
import torch

STEPS = 50
AFTER = (1, 2, 5, 10, 20, 50)
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
    "adamw(lr=0.02, weight_decay=0.1)": (torch.optim.AdamW, {"lr": 0.02, "weight_decay": 0.1}),
    "nadam(lr=0.02)": (torch.optim.NAdam, {"lr": 0.02}),
    "radam(lr=0.02)": (torch.optim.RAdam, {"lr": 0.02}),
    "muon(lr=0.02)": (torch.optim.Muon, {"lr": 0.02, "weight_decay": 0.0}),
    "muon(lr=0.05, momentum=0.8, nesterov=False, weight_decay=0.1, scale='match_rms_adamw')": (
        torch.optim.Muon,
        {"lr": 0.05, "momentum": 0.8, "nesterov": False, "weight_decay": 0.1, "adjust_lr_fn": "match_rms_adamw"},
    ),
    "lbfgs(lr=0.5, history_size=3, line_search=False)": (
        torch.optim.LBFGS,
        {"lr": 0.5, "history_size": 3, "max_iter": 1, "tolerance_grad": 0, "tolerance_change": 0},
    ),
}


def problem(make):
    """Return the start, the curvatures, and the noise of each step."""
    rng = np.random.default_rng(0)
    start, curvature, noise = rng.normal(size=12), np.linspace(0.5, 2.0, 12), rng.normal(size=(STEPS, 12)) * 0.3
    return start, curvature, noise * (make is not torch.optim.LBFGS)


def passed(make, options):
    """Return where an optimizer of PyTorch is after some of its steps."""
    start, curvature, noise = problem(make)
    if make is torch.optim.Muon:
        # PyTorch's weights of a layer are the transpose of glassnet's: a matrix of (3, 4) there is one of (4, 3) here.
        start, curvature, noise = (
            each.reshape(*each.shape[:-1], 3, 4).swapaxes(-1, -2) for each in (start, curvature, noise)
        )
    start, curvature, noise = (torch.from_numpy(each.copy()) for each in (start, curvature, noise))
    p = start.clone().requires_grad_()
    optimizer = make([p], **options)
    points = []
    for t in range(STEPS):

        def closure(t=t):
            p.grad = (curvature * p + noise[t]).detach()
            return torch.tensor(0.0)

        optimizer.step(closure)
        points.append(p.detach().numpy().T.ravel().copy())
    return np.array([points[step - 1] for step in AFTER])


if __name__ == "__main__":
    torch.set_default_dtype(torch.float64)  # NAdam keeps its product of momenta in the default type
    torch.Tensor.bfloat16 = torch.Tensor.clone  # Muon's iteration, with all digits
    values = {spec: passed(make, options) for spec, (make, options) in OPTIMIZERS.items()}
    np.savez_compressed(Path(__file__).parents[1] / "values" / "optimizers.npz", after=AFTER, **values)
