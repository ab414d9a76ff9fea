"""Measures accelerators in NumPy beside formulas: ``GLASSNET_THREADS=1 python tools/accelerator_gains.py [NAME …]``.

It is the processor time of the first thread, in float32, with one accelerator and without fusion.
"""

from __future__ import annotations

import statistics
import sys
import time
from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

import numpy as np

import glassnet as gn
from glassnet.registry.registry import registry
from glassnet_accelerators.accelerator import component_named
from glassnet_parallel.blas_threads import one_blas_thread
from glassnet_testing.checks.optimizers import Descent

SECONDS = 0.6
MOST_ROUNDS = 1500
ROWS = ((32, 10), (64, 10), (256, 10), (32, 64), (64, 128), (128, 128), (64, 512), (128, 512), (256, 512), (2000, 50))
SEQUENCES = ((32, 20, 16), (64, 20, 16), (32, 32, 64), (16, 128, 128), (16, 256, 256))
IMAGES = ((32, 14, 14, 8), (64, 28, 28, 8), (32, 14, 14, 64), (128, 28, 28, 1))
PARAMETERS = (1000, 10_000, 65_536, 100_000, 1_000_000)
SHAPES = {
    "dense": ((1, 784), (32, 784), *ROWS),
    "batch_norm": (*ROWS, *SEQUENCES, *IMAGES),
    "layer_norm": (*ROWS, *SEQUENCES),
    "embedding": ((32, 20), (64, 20), (16, 128), (16, 256)),
} | dict.fromkeys(("lstm", "gru", "self_attention"), SEQUENCES)
OPTIONS = {
    "dense": "128",
    "conv2d": "16, 3",
    "lstm": "32",
    "gru": "32",
    "self_attention": "4",
    "embedding": "1000, 64",
    "binary_crossentropy": "from_logits=True",
    "categorical_crossentropy": "from_logits=True",
}
RNG = np.random.default_rng(0)

Call = Callable[[], Any]
# Prepares a call, whose time alone is taken.
Measured = Callable[[], Call]


def calls(kind: str, name: str, components: tuple[Any, Any]) -> Iterator[tuple[str, list[Measured]]]:
    """Return what is measured at each size: with the formula, and with the accelerator."""
    if kind == "optimizer":
        for count in PARAMETERS:
            yield f"{count:,}", [_step(each, count) for each in components]
        return
    layers = kind == "layer" or name == "prelu"
    for shape in SHAPES.get(name, IMAGES if kind == "layer" else ROWS):
        x, dy = RNG.standard_normal((2, *shape), np.float32)
        if layers:
            x = RNG.integers(0, 1000, shape) if name == "embedding" else x
            yield str(shape), [_layer_pass(each.as_layer(), x) for each in components]
        elif kind == "loss":
            t = RNG.integers(0, shape[1], len(x)) if name.startswith("categorical") else (dy > 0).astype(np.float32)
            yield str(shape), [partial(partial, each.value_and_gradient, x, t) for each in components]
        else:
            yield str(shape), [partial(partial, _activation_pass, each, x, dy) for each in components]


def _step(optimizer: gn.Optimizer, count: int) -> Measured:
    descent = Descent(optimizer, ((count,),), dtype="float32")
    gradient = RNG.standard_normal(descent.network.gradients.shape, np.float32)

    def prepare() -> Call:
        np.copyto(descent.network.gradients, gradient)  # the last step may have worked in it
        return partial(descent.bound_optimizer.step, optimizer.lr, 10, descent.loss)

    return prepare


def _layer_pass(layer: gn.Layer, x: gn.Array) -> Measured:
    network = gn.Network([layer]).build(x.shape[1:], seed=0)
    dy = RNG.standard_normal((len(x), *layer.output_shape(x.shape[1:])), np.float32)

    def once() -> None:
        with network.workspace(training=True) as ctx:
            ctx.needs_input_grad = True
            _, caches = network.sequence.forward(network.parameter_views, x, ctx)
            network.sequence.backward(network.parameter_views, caches, dy, network.gradient_views, ctx)

    return lambda: once


def _activation_pass(activation: gn.Activation, x: gn.Array, dy: gn.Array) -> None:
    activation.backward(dy, x, activation.forward(x))


def _nanoseconds(prepare: Measured) -> int:
    call = prepare()
    with one_blas_thread:
        start = time.thread_time_ns()
        call()
        return time.thread_time_ns() - start


def ratio(formula: Measured, faster: Measured) -> float:
    """Return the median time of the accelerator, as a part of the formula's."""
    both = [min(_nanoseconds(call) for _ in range(5)) for call in (formula, faster)]
    rounds = int(min(max(SECONDS * 1e9 / sum(both), 9), MOST_ROUNDS))
    times = [(_nanoseconds(formula), _nanoseconds(faster)) for _ in range(rounds)]
    of_formula, of_faster = zip(*times, strict=True)
    part: float = statistics.median(of_faster) / statistics.median(of_formula)
    return part


def main() -> None:
    """Print a line for each accelerator and size."""
    for entry in registry.entries("accelerator"):
        accelerator = registry.load(entry)()
        if not accelerator.always or (sys.argv[1:] and entry.name not in sys.argv[1:]):
            continue
        kind, name = component_named(accelerator.replaces)
        name = name.rpartition(":")[2]
        component = gn.create(kind, f"{name}({OPTIONS.get(name, '')})")
        for size, both in calls(kind, name, (component, accelerator.replacement(component))):
            print(f"{entry.name:<32}{size:<20}{ratio(*both):.2f}", flush=True)


if __name__ == "__main__":
    gn.use_accelerators(False)
    main()
