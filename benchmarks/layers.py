"""Single layers beside PyTorch: forward and backward, with the gradient of the input, in float32.

Both sides take as many threads as when they train.
"""

from __future__ import annotations

import contextlib
import itertools
import math
from collections.abc import Callable
from contextlib import AbstractContextManager
from functools import partial
from typing import Any

import numpy as np
import torch

import glassnet as gn
from benchmarks.peers import OURS, PLAIN
from benchmarks.peers.ours import plain
from benchmarks.rounds import clocked, seconds_by_round
from benchmarks.targets import PYTORCH
from glassnet_accelerators.choice import Acceleration
from glassnet_fusion.choice import fused
from glassnet_fusion.programs import finish_compiling
from glassnet_parallel.blas_threads import one_blas_thread
from glassnet_parallel.microbatches import Microbatches
from glassnet_parallel.thread_pool import parallel_for

CALLS = 5

Setting = AbstractContextManager[None]
# Our layers, what passes through them forward and backward, and what does the same in PyTorch.
Pair = tuple[list[str], gn.Array, gn.Array, Callable[[], Any]]


def ours_of(
    layers: list[str], x: gn.Array, dy: gn.Array, setting: Callable[[], Setting] = contextlib.nullcontext
) -> Callable[[], Any]:
    """Return what passes `x` forward and `dy` backward through our layers, as a long run would.

    That is with the replacements of such a run, and in its parts of a batch, which share the cores. The call returns
    the gradient of each part of `x`.
    """
    network = gn.Network(layers).build(x.shape[1:], seed=0)
    elements = max(math.prod(shape) for shape in network.shapes) * len(x)
    with setting():
        sequence = network.sequence_of([as_in_a_run(layer, elements) for layer in network.layers])
    count = Microbatches(network).count(sequence, len(x))

    def whole() -> Any:
        with one_blas_thread, network.workspace(training=True) as ctx:
            ctx.needs_input_grad = True
            _, caches = sequence.forward(network.parameter_views, x, ctx)
            return [network.backward(sequence, caches, dy, ctx)]

    return whole if count == 1 else _in_parts(network, sequence, count, x, dy)


def _in_parts(network: gn.Network, sequence: Any, count: int, x: gn.Array, dy: gn.Array) -> Callable[[], Any]:
    """Return what does the same in parts of the batch, which share the cores."""
    ends = [len(x) * part // count for part in range(count + 1)]
    places = [slice(start, end) for start, end in itertools.pairwise(ends)]
    gradients = np.empty((count, network.layout.gradient_size), x.dtype)
    views = network.parameter_views
    outputs, caches, inputs = ([None] * count for _ in range(3))

    def once() -> Any:
        with one_blas_thread, network.workspace(training=True) as ctx:
            contexts = [ctx.part(part) for part in range(count)]

            def forward(part: int, worker: int) -> None:
                outputs[part], caches[part] = sequence.forward(views, x[places[part]], contexts[part])

            def backward(part: int, worker: int) -> None:
                contexts[part].needs_input_grad = True
                grads = network.layout.gradient_views(gradients[part])
                inputs[part] = sequence.backward(views, caches[part], dy[places[part]], grads, contexts[part])

            parallel_for(count, forward)
            parallel_for(count, backward)
            gradients[:, : network.layout.size].sum(axis=0, out=network.gradients)
            return inputs

    return once


def as_in_a_run(component: Any, elements: int) -> Any:
    """Return what a run of unknown length computes with in place of a component."""
    return fused(Acceleration(steps=None).replacement(component, elements), elements, None)


def compiled(call: Callable[[], Any]) -> Callable[[], Any]:
    """Return `call` when its code, which is compiled in the background, is there."""
    for _ in range(3):
        call()
        finish_compiling()
    return call


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
    ours = [f"conv2d({filters}, 3, padding='same')"]
    return ours, x, dy, theirs_of(module, channels_first(x), channels_first(dy))


def two_convolutions(batch: int, side: int) -> Pair:
    x, dy = drawn((batch, side, side, 1), (batch, side, side, 32))
    module = torch.nn.Sequential(
        torch.nn.Conv2d(1, 16, 3, padding=1), torch.nn.ReLU(), torch.nn.Conv2d(16, 32, 3, padding=1), torch.nn.ReLU()
    )
    ours = ["conv2d(16, 3, padding='same')", "relu", "conv2d(32, 3, padding='same')", "relu"]
    return ours, x, dy, theirs_of(module, channels_first(x), channels_first(dy))


def batch_norm(batch: int, side: int, channels: int) -> Pair:
    x, dy = drawn(*[(batch, side, side, channels)] * 2)
    module = torch.nn.BatchNorm2d(channels)
    return ["batch_norm"], x, dy, theirs_of(module, channels_first(x), channels_first(dy))


def max_pool2d(batch: int, side: int, channels: int) -> Pair:
    x, dy = drawn((batch, side, side, channels), (batch, side // 2, side // 2, channels))
    module = torch.nn.MaxPool2d(2)
    return ["max_pool2d"], x, dy, theirs_of(module, channels_first(x), channels_first(dy))


def layer_norm(batch: int, time: int, features: int) -> Pair:
    x, dy = drawn(*[(batch, time, features)] * 2)
    return ["layer_norm"], x, dy, theirs_of(torch.nn.LayerNorm(features), x, dy)


def lstm(batch: int, time: int, features: int, units: int) -> Pair:
    x, dy = drawn((batch, time, features), (batch, units))
    module = torch.nn.LSTM(features, units, batch_first=True)
    return [f"lstm({units})"], x, dy, theirs_of(module, x, dy, lambda y: y[0][:, -1])


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
    return [f"self_attention({heads})"], x, dy, theirs_of(Attention(features, heads), x, dy)


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
    layers, x, dy, theirs = PAIRS[name]()
    calls = {OURS: ours_of(layers, x, dy), PLAIN: ours_of(layers, x, dy, plain), PYTORCH: theirs}
    turns = {name: clocked(compiled(call), times=CALLS) for name, call in calls.items()}
    return {"title": name, "seconds": seconds_by_round(turns, rounds), "not_counted": {}}
