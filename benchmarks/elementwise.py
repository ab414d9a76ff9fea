"""Activations and losses alone, forward and backward, beside eager PyTorch; both have the threads of a training."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np
import torch
from torch.nn import functional

import glassnet as gn
from benchmarks.layers import as_in_a_run, compiled, ours_of
from benchmarks.peers import OURS
from benchmarks.rounds import clocked, seconds_by_round
from benchmarks.targets import PYTORCH

# Elements, and calls a turn.
SIZES = {10_000: 50, 100_000: 20, 10_000_000: 1}
# Elements of a row: of the last axis, on which softmax and the losses of classes work.
_ROW = 100
# The largest difference of a gradient, as a part of the largest element.
TOLERANCE = 1e-4

ACTIVATIONS: dict[str, Callable[[Any], Any]] = {
    "elu": functional.elu,
    "gelu": functional.gelu,
    "leaky_relu": functional.leaky_relu,
    "log_softmax": partial(functional.log_softmax, dim=-1),
    "mish": functional.mish,
    "prelu": lambda x: functional.prelu(x, torch.full((1,), 0.25, requires_grad=True)),
    "relu": torch.relu,
    "selu": torch.selu,
    "sigmoid": torch.sigmoid,
    "silu": functional.silu,
    "softmax": partial(functional.softmax, dim=-1),
    "softplus": functional.softplus,
    "tanh": torch.tanh,
}


def _focal(z: Any, t: Any) -> Any:
    """Return torchvision's ``sigmoid_focal_loss``."""
    p = torch.sigmoid(z)
    p_t, alpha_t = p * t + (1 - p) * (1 - t), 0.25 * t + 0.75 * (1 - t)
    crossentropy = functional.binary_cross_entropy_with_logits(z, t, reduction="none")
    return (alpha_t * crossentropy * (1 - p_t) ** 2).mean()


def _hinge(z: Any, t: Any) -> Any:
    return functional.relu(1 - t * z).mean()


# Each loss with PyTorch's, and with what its targets are. A crossentropy takes logits, as behind its activation.
LOSSES: dict[str, tuple[Callable[[Any, Any], Any], str]] = {
    "mean_squared_error": (functional.mse_loss, "numbers"),
    "mean_absolute_error": (functional.l1_loss, "numbers"),
    "huber": (functional.huber_loss, "numbers"),
    "hinge(independent=True)": (_hinge, "signs"),
    "focal(independent=True, from_logits=True)": (_focal, "yes or no"),
    "binary_crossentropy(from_logits=True)": (functional.binary_cross_entropy_with_logits, "yes or no"),
    "categorical_crossentropy(from_logits=True)": (functional.cross_entropy, "classes"),
    "kl_divergence(from_logits=True)": (
        lambda z, t: functional.kl_div(functional.log_softmax(z, -1), t, reduction="batchmean"),
        "rows",
    ),
}


def cases() -> dict[str, Any]:
    """Return what measures each component at each size, given the number of rounds."""
    activations = {f"{name} {size:,}": partial(activated, name, size) for name in ACTIVATIONS for size in SIZES}
    losses = {f"{spec.partition('(')[0]} {size:,}": partial(lost, spec, size) for spec in LOSSES for size in SIZES}
    return activations | losses


def activated(name: str, size: int, rounds: int) -> dict[str, Any]:
    """Return the seconds of an activation's forward with its backward."""
    x, dy = np.random.default_rng(0).standard_normal((2, size // _ROW, _ROW), np.float32)
    x_t, dy_t = torch.from_numpy(x.copy()).requires_grad_(), torch.from_numpy(dy.copy())
    ours = ours_of([name], x, dy)
    theirs = partial(_gradient, ACTIVATIONS[name], x_t, dy_t)
    return _measured(f"{name}, {size:,} elements", ours, theirs, SIZES[size], rounds)


def lost(spec: str, size: int, rounds: int) -> dict[str, Any]:
    """Return the seconds of a loss with its derivative."""
    theirs, targets = LOSSES[spec]
    z = np.random.default_rng(0).standard_normal((size // _ROW, _ROW), np.float32)
    t = _targets(targets, z.shape)
    loss = as_in_a_run(gn.create("loss", spec), size)
    z_t, t_t = torch.from_numpy(z.copy()).requires_grad_(), torch.from_numpy(t.copy())

    def once() -> Any:
        value = theirs(z_t, t_t)
        return torch.autograd.grad(value, z_t)[0]

    return _measured(
        f"{spec}, {size:,} elements", lambda: [loss.value_and_gradient(z, t)[1]], once, SIZES[size], rounds
    )


def _gradient(function: Callable[[Any], Any], x: Any, dy: Any) -> Any:
    return torch.autograd.grad(function(x), x, dy)[0]


def _targets(kind: str, shape: tuple[int, int]) -> np.ndarray:
    rng = np.random.default_rng(1)
    match kind:
        case "classes":
            return rng.integers(0, shape[1], shape[0])
        case "signs":
            return rng.choice(np.array([-1, 1], np.float32), shape)
        case "yes or no":
            return rng.integers(0, 2, shape).astype(np.float32)
        case "rows":
            drawn = rng.random(shape, np.float32)
            return drawn / drawn.sum(axis=1, keepdims=True)
        case _:
            return rng.standard_normal(shape, np.float32)


def _measured(
    title: str, ours: Callable[[], Any], theirs: Callable[[], Any], calls: int, rounds: int
) -> dict[str, Any]:
    gradients = np.concatenate(compiled(ours)()), theirs().numpy()
    turns = {OURS: clocked(ours, times=calls), PYTORCH: clocked(theirs, times=calls)}
    return {
        "title": f"{title}, forward and backward",
        "seconds": seconds_by_round(turns, rounds),
        "not_counted": _differing(*gradients),
    }


def _differing(ours: np.ndarray, theirs: np.ndarray) -> dict[str, str]:
    off = float(np.abs(ours - theirs).max() / np.abs(theirs).max())
    return {} if off <= TOLERANCE else {PYTORCH: f"its gradient is {off:.1%} off ours"}
