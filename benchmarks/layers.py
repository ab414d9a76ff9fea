"""Single layers beside PyTorch: forward and backward, with the gradient of the input, in float32.

Both sides take as many threads as when they train.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np
import torch

import glassnet as gn
from benchmarks.peers import OURS, REFERENCE
from benchmarks.peers.ours import reference
from benchmarks.rounds import clocked, seconds_by_round
from glassnet_parallel.blas_threads import one_blas_thread

CALLS = 5

Pair = tuple[Callable[[], Any], Callable[[], Any]]


def ours_of(layers: list[str], x: gn.Array, dy: gn.Array) -> Callable[[], Any]:
    """Return what passes `x` forward and `dy` backward through our layers."""
    network = gn.Network(layers).build(x.shape[1:])

    def once() -> None:
        with one_blas_thread, network.workspace(training=True) as ctx:
            ctx.needs_input_grad = True
            sequence = network.prepared_sequence
            _, caches = sequence.forward(network.parameter_views, x, ctx)
            sequence.backward(network.parameter_views, caches, dy, network.gradient_views, ctx)

    return once


def in_reference_mode(ours: Callable[[], Any]) -> Callable[[], Any]:
    """Return what does the same by the formulas of the layers, without accelerators."""

    def once() -> None:
        with reference():
            ours()

    return once


def theirs_of(
    module: torch.nn.Module, x: gn.Array, dy: gn.Array, output: Callable[[Any], Any] = lambda y: y
) -> Callable[[], Any]:
    """Return what does the same with PyTorch's module; `output` chooses from what the module returns."""
    x_t, dy_t = torch.from_numpy(x.copy()).requires_grad_(), torch.from_numpy(dy.copy())

    def once() -> None:
        module.zero_grad()
        x_t.grad = None
        output(module(x_t)).backward(dy_t)

    return once


def drawn(*shapes: tuple[int, ...]) -> list[gn.Array]:
    """Return arrays of random numbers."""
    rng = np.random.default_rng(0)
    return [rng.normal(size=shape).astype(np.float32) for shape in shapes]


def channels_first(images: gn.Array) -> gn.Array:
    """Return images as PyTorch has them: ``(batch, channels, height, width)``, in one piece."""
    return np.ascontiguousarray(images.transpose(0, 3, 1, 2))


def conv2d(batch: int, side: int, channels: int, filters: int) -> Pair:
    x, dy = drawn((batch, side, side, channels), (batch, side, side, filters))
    module = torch.nn.Conv2d(channels, filters, 3, padding=1)
    ours = ours_of([f"conv2d({filters}, 3, padding='same')"], x, dy)
    return ours, theirs_of(module, channels_first(x), channels_first(dy))


def two_convolutions(batch: int, side: int) -> Pair:
    x, dy = drawn((batch, side, side, 1), (batch, side, side, 32))
    module = torch.nn.Sequential(
        torch.nn.Conv2d(1, 16, 3, padding=1), torch.nn.ReLU(), torch.nn.Conv2d(16, 32, 3, padding=1), torch.nn.ReLU()
    )
    ours = ours_of(["conv2d(16, 3, padding='same')", "relu", "conv2d(32, 3, padding='same')", "relu"], x, dy)
    return ours, theirs_of(module, channels_first(x), channels_first(dy))


def batch_norm(batch: int, side: int, channels: int) -> Pair:
    x, dy = drawn(*[(batch, side, side, channels)] * 2)
    module = torch.nn.BatchNorm2d(channels)
    return ours_of(["batch_norm"], x, dy), theirs_of(module, channels_first(x), channels_first(dy))


def max_pool2d(batch: int, side: int, channels: int) -> Pair:
    x, dy = drawn((batch, side, side, channels), (batch, side // 2, side // 2, channels))
    module = torch.nn.MaxPool2d(2)
    return ours_of(["max_pool2d"], x, dy), theirs_of(module, channels_first(x), channels_first(dy))


def layer_norm(batch: int, time: int, features: int) -> Pair:
    x, dy = drawn(*[(batch, time, features)] * 2)
    return ours_of(["layer_norm"], x, dy), theirs_of(torch.nn.LayerNorm(features), x, dy)


def lstm(batch: int, time: int, features: int, units: int) -> Pair:
    x, dy = drawn((batch, time, features), (batch, units))
    module = torch.nn.LSTM(features, units, batch_first=True)
    return ours_of([f"lstm({units})"], x, dy), theirs_of(module, x, dy, lambda y: y[0][:, -1])


class Attention(torch.nn.Module):
    """PyTorch's attention of a sequence to itself."""

    def __init__(self, features: int, heads: int) -> None:
        super().__init__()
        self.attention = torch.nn.MultiheadAttention(features, heads, batch_first=True)

    def forward(self, x: Any) -> Any:
        """Return the output alone."""
        return self.attention(x, x, x, need_weights=False)[0]


def self_attention(batch: int, time: int, features: int, heads: int) -> Pair:
    x, dy = drawn(*[(batch, time, features)] * 2)
    return ours_of([f"self_attention({heads})"], x, dy), theirs_of(Attention(features, heads), x, dy)


PAIRS: dict[str, Callable[[], Pair]] = {
    "conv2d 16 to 32, 3x3, batch 64 of 28x28": lambda: conv2d(64, 28, 16, 32),
    "conv2d 64 to 64, 3x3, batch 32 of 14x14": lambda: conv2d(32, 14, 64, 64),
    "conv2d 1 to 16, relu, 16 to 32, relu, batch 64 of 28x28": lambda: two_convolutions(64, 28),
    "batch_norm of 16 channels, batch 64 of 28x28": lambda: batch_norm(64, 28, 16),
    "batch_norm of 64 channels, batch 32 of 14x14": lambda: batch_norm(32, 14, 64),
    "max_pool2d of 16 channels, batch 64 of 28x28": lambda: max_pool2d(64, 28, 16),
    "max_pool2d of 64 channels, batch 32 of 14x14": lambda: max_pool2d(32, 14, 64),
    "layer_norm, batch 32, 64 steps of 128": lambda: layer_norm(32, 64, 128),
    "layer_norm, batch 16, 256 steps of 256": lambda: layer_norm(16, 256, 256),
    "lstm, batch 64, 28 steps of 28, 128 units": lambda: lstm(64, 28, 28, 128),
    "lstm, batch 32, 64 steps of 64, 256 units": lambda: lstm(32, 64, 64, 256),
    "self_attention, batch 32, 64 steps of 128, 4 heads": lambda: self_attention(32, 64, 128, 4),
    "self_attention, batch 16, 256 steps of 256, 8 heads": lambda: self_attention(16, 256, 256, 8),
}


def cases() -> dict[str, Any]:
    """Return what measures each layer, given the number of rounds."""
    return {name: partial(passed, name) for name in PAIRS}


def passed(name: str, rounds: int) -> dict[str, Any]:
    """Return the seconds of one pass forward and backward."""
    ours, theirs = PAIRS[name]()
    turns = {
        OURS: clocked(ours, times=CALLS),
        REFERENCE: clocked(in_reference_mode(ours), times=CALLS),
        "PyTorch": clocked(theirs, times=CALLS),
    }
    return {"title": name, "seconds": seconds_by_round(turns, 2 * rounds)}
