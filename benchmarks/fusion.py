"""Formulas that fusion compiles, beside themselves in NumPy and beside PyTorch: forward and backward, or a step.

A third party's optimizer and activation are among them: nothing of glassnet knows their formulas.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np
import torch

import glassnet as gn
from benchmarks.peers import OURS, PLAIN, REFERENCE
from benchmarks.rounds import clocked, seconds_by_round
from glassnet_accelerators.choice import always_faster
from glassnet_fusion.choice import everything_fused
from glassnet_fusion.programs import finish_compiling

SIZES = (10_000, 100_000, 1_000_000)
PARAMETERS = (100_000, 700_000)
CALLS = 5
PYTORCH = "PyTorch"


class AdaBelief(gn.Optimizer):
    """Zhuang et al. (2020), AdaBelief Optimizer, arXiv:2010.07468."""

    lr: float = gn.option(0.001, gt=0)
    slots = ("m", "s")

    def update(self, p: Any, g: Any, state: Any, lr: float, t: int) -> None:
        m, s = state["m"], state["s"]
        m[:] = 0.9 * m + 0.1 * g
        s[:] = 0.999 * s + 0.001 * (g - m) ** 2 + 1e-16
        p -= lr * (m / (1 - 0.9**t)) / (np.sqrt(s / (1 - 0.999**t)) + 1e-8)


class GatedSine(gn.Activation):
    """x sin(x), gated by a sigmoid."""

    def forward(self, x: Any) -> Any:
        return x * np.sin(x) / (1 + np.exp(-x))

    def backward(self, dy: Any, x: Any, y: Any) -> Any:
        s = 1 / (1 + np.exp(-x))
        return dy * s * (np.sin(x) + x * np.cos(x) + x * np.sin(x) * (1 - s))


ACTIVATIONS: dict[str, Callable[[Any], Any] | None] = {
    "relu": torch.relu,
    "leaky_relu": torch.nn.functional.leaky_relu,
    "elu": torch.nn.functional.elu,
    "selu": torch.selu,
    "gelu": torch.nn.functional.gelu,
    "mish": torch.nn.functional.mish,
    "silu": torch.nn.functional.silu,
    "sigmoid": torch.sigmoid,
    "softplus": torch.nn.functional.softplus,
    "tanh": torch.tanh,
    "gated_sine": None,
}


def cases() -> dict[str, Any]:
    """Return what measures each formula at each size, given the number of rounds."""
    activations = {f"{name} {size:,}": partial(activated, name, size) for name in ACTIVATIONS for size in SIZES}
    return activations | {f"adabelief {size:,}": partial(stepped, size) for size in PARAMETERS}


def activated(name: str, size: int, rounds: int) -> dict[str, Any]:
    """Return the seconds of a forward with a backward."""
    x, dy = np.random.default_rng(0).standard_normal((2, size // 100, 100), np.float32)
    activation: Any = GatedSine() if name == "gated_sine" else gn.create("activation", name)
    faster = always_faster(activation, 0)
    calls = {
        OURS: _both(everything_fused(faster), x, dy),
        PLAIN: _both(faster, x, dy),
        REFERENCE: _both(activation, x, dy),
    }
    function = ACTIVATIONS[name]
    if function is not None:
        calls[PYTORCH] = _theirs(function, x, dy)
    return _measured(f"{name}, {size:,} elements, forward and backward", calls, rounds)


def stepped(size: int, rounds: int) -> dict[str, Any]:
    """Return the seconds of a step of a third party's optimizer."""
    optimizer = AdaBelief()
    calls = {OURS: _step(everything_fused(optimizer), size), REFERENCE: _step(optimizer, size)}
    return _measured(f"a third party's adabelief, {size:,} parameters", calls, rounds)


def _measured(title: str, calls: dict[str, Callable[[], Any]], rounds: int) -> dict[str, Any]:
    for call in calls.values():
        call()
        finish_compiling()
        call()
    seconds = seconds_by_round({name: clocked(call, times=CALLS) for name, call in calls.items()}, rounds)
    return {"title": title, "seconds": seconds, "not_counted": {}}


def _both(activation: Any, x: gn.Array, dy: gn.Array) -> Callable[[], Any]:
    return lambda: activation.backward(dy, x, activation.forward(x))


def _theirs(function: Callable[[Any], Any], x: gn.Array, dy: gn.Array) -> Callable[[], Any]:
    x_t, dy_t = torch.from_numpy(x.copy()).requires_grad_(), torch.from_numpy(dy.copy())
    return lambda: torch.autograd.grad(function(x_t), x_t, dy_t)


def _step(optimizer: Any, size: int) -> Callable[[], Any]:
    p, g, m, s = np.abs(np.random.default_rng(0).standard_normal((4, size), np.float32))
    numbers = itertools.count(1)
    return lambda: optimizer.update(p, g, {"m": m, "s": s}, 0.001, next(numbers))
