"""Formulas that fusion compiles, beside themselves in NumPy and beside PyTorch: forward and backward, or a step.

The seconds are those of the processor, and PyTorch has one thread: on a machine that does other work besides, these
change less than those of the clock. An optimizer and an activation of a third party are among them.
"""

from __future__ import annotations

import itertools
import time
from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np
import torch

import glassnet as gn
from benchmarks.layers import channels_first, theirs_of
from benchmarks.peers import OURS, PLAIN, REFERENCE
from benchmarks.rounds import clocked, seconds_by_round
from glassnet_accelerators.choice import always_faster
from glassnet_fusion.choice import everything_fused
from glassnet_fusion.programs import finish_compiling
from glassnet_parallel.blas_threads import one_blas_thread

SIZES = (10_000, 100_000, 1_000_000)
PARAMETERS = (100_000, 700_000)
# A third party's activation is to be as many times faster than its formula as a third party's optimizer.
GATED_SIZES = (*SIZES, 700_000)
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


# Each layer with the shape of its input.
LAYERS: dict[str, tuple[int, ...]] = {
    "layer_norm of 64 steps of 128": (32, 64, 128),
    "layer_norm of 256 steps of 256": (16, 256, 256),
    "batch_norm of 28x28": (64, 28, 28, 16),
    "batch_norm of 14x14": (32, 14, 14, 64),
    "batch_norm of 256": (128, 256),
    "dropout of 512": (128, 512),
}


def cases() -> dict[str, Any]:
    """Return what measures each formula at each size, given the number of rounds."""
    sizes = {name: GATED_SIZES if name == "gated_sine" else SIZES for name in ACTIVATIONS}
    activations = {f"{name} {size:,}": partial(activated, name, size) for name in ACTIVATIONS for size in sizes[name]}
    layers = {name: partial(passed, name) for name in LAYERS}
    return activations | layers | {f"adabelief {size:,}": partial(stepped, size) for size in PARAMETERS}


def passed(name: str, rounds: int) -> dict[str, Any]:
    """Return the seconds of a layer's forward with its backward."""
    shape = LAYERS[name]
    x, dy = np.random.default_rng(0).standard_normal((2, *shape), np.float32)
    layer: Any = gn.create("layer", name.partition(" ")[0])
    faster = always_faster(layer, 0)
    # What an accelerator computes in another order is compiled from the formula.
    fused = everything_fused(faster)
    calls = {
        OURS: _pass(everything_fused(layer) if fused is faster else fused, x, dy),
        PLAIN: _pass(faster, x, dy),
        REFERENCE: _pass(layer, x, dy),
        PYTORCH: _their_pass(_module(layer, shape), x, dy),
    }
    return _measured(f"{name}, {x.size:,} elements, forward and backward", calls, rounds)


def _pass(layer: gn.Layer, x: gn.Array, dy: gn.Array) -> Callable[[], Any]:
    network = gn.Network([layer]).build(x.shape[1:], seed=0)

    def once() -> None:
        with one_blas_thread, network.workspace(training=True) as ctx:
            ctx.needs_input_grad = True
            _, caches = network.sequence.forward(network.parameter_views, x, ctx)
            network.sequence.backward(network.parameter_views, caches, dy, network.gradient_views, ctx)

    return once


def _module(layer: gn.Layer, shape: tuple[int, ...]) -> torch.nn.Module:
    if isinstance(layer, gn.layers.layer_norm):
        return torch.nn.LayerNorm(shape[-1])
    if isinstance(layer, gn.layers.batch_norm):
        return torch.nn.BatchNorm2d(shape[-1]) if len(shape) == 4 else torch.nn.BatchNorm1d(shape[-1])
    return torch.nn.Dropout()


def _their_pass(module: torch.nn.Module, x: gn.Array, dy: gn.Array) -> Callable[[], Any]:
    # PyTorch has the channels of images first.
    mine, his = (channels_first(each) if each.ndim == 4 else each for each in (x, dy))
    return theirs_of(module, mine, his)


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
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        for call in calls.values():
            call()
            finish_compiling()
            call()
        turns = {name: clocked(call, times=CALLS, clock=time.process_time) for name, call in calls.items()}
        seconds = seconds_by_round(turns, rounds)
    finally:
        torch.set_num_threads(threads)
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
