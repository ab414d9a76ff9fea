"""Optimizers alone, on parameters with the shapes of a network: glassnet's beside PyTorch's.

Not among them: muon, whose time is that of its matrix products; lbfgs, which evaluates the network; and the wrappers.
PyTorch has no lion.
"""

from __future__ import annotations

import contextlib
import itertools
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from functools import partial
from typing import Any

import numpy as np
import torch

import glassnet as gn
from benchmarks.cases import Case, perceptron
from benchmarks.peers import OURS, PLAIN, REFERENCE, available
from benchmarks.peers.ours import network_of, plain, reference
from benchmarks.rounds import clocked, seconds_by_round
from glassnet.training.optimizer_step import BoundOptimizer
from glassnet_accelerators.choice import Acceleration
from glassnet_fusion.choice import fused
from glassnet_fusion.programs import finish_compiling
from glassnet_parallel.thread_pool import num_threads

# Network and steps a turn for each number of parameters.
SIZES: dict[str, tuple[Case, int]] = {
    "0.1 M": (perceptron(784, 128, 10, batch=1, steps=1), 60),
    "0.7 M": (perceptron(784, 512, 512, 10, batch=1, steps=1), 15),
    "6 M": (perceptron(784, 2048, 2048, 10, batch=1, steps=1), 4),
}
# glassnet's spec, and PyTorch's class with the same formula and options.
OPTIMIZERS: dict[str, tuple[type[torch.optim.Optimizer], dict[str, Any]]] = {
    "sgd(lr=0.01)": (torch.optim.SGD, {"lr": 0.01}),
    "momentum(lr=0.01)": (torch.optim.SGD, {"lr": 0.01, "momentum": 0.9}),
    "rmsprop(decay=0.99)": (torch.optim.RMSprop, {"lr": 0.001}),
    "adagrad": (torch.optim.Adagrad, {"lr": 0.01}),
    "adam": (torch.optim.Adam, {"lr": 0.001}),
    "adamw": (torch.optim.AdamW, {"lr": 0.001}),
    "nadam": (torch.optim.NAdam, {"lr": 0.002}),
    "radam": (torch.optim.RAdam, {"lr": 0.001}),
}
VARIANTS: dict[str, dict[str, bool]] = {
    "PyTorch, default": {},
    "PyTorch, foreach": {"foreach": True},
    "PyTorch, fused": {"fused": True},
}
# Largest difference of a parameter, as a part of the largest distance that any went.
TOLERANCE = 1e-3


def cases() -> dict[str, Any]:
    """Return what measures each optimizer at each size, given the number of rounds."""
    return {f"{spec.partition('(')[0]} {size}": partial(stepped, spec, size) for spec in OPTIMIZERS for size in SIZES}


def stepped(spec: str, size: str, rounds: int) -> dict[str, Any]:
    """Return everybody's seconds for a step, and how far their parameters end from ours."""
    case, steps = SIZES[size]
    network = network_of(case)
    first = network.flat_parameters.copy()
    rng = np.random.default_rng(0)
    # Two in turn: with one and the same, Adam's steps would not depend on its betas.
    gradients = [rng.standard_normal(first.size, np.float32) for _ in range(2)]
    classes, _ = available([OURS, PLAIN, REFERENCE])
    workers: dict[str, Any] = {OURS: Ours(spec, network, first, gradients)}
    if PLAIN in classes:
        workers[PLAIN] = Ours(spec, network_of(case), first, gradients, plain)
    if REFERENCE in classes:
        workers[REFERENCE] = Ours(spec, network_of(case), first, gradients, reference)
    missing: dict[str, str] = {}
    for variant, options in VARIANTS.items():
        try:
            workers[variant] = Theirs(spec, options, network, first, gradients)
        except (RuntimeError, TypeError):  # the class has no such option, or not on this device
            missing[variant] = "PyTorch has no such variant of it"
    seconds = seconds_by_round({name: partial(worker.turn, steps) for name, worker in workers.items()}, rounds)
    ends = {name: worker.parameters() for name, worker in workers.items()}
    return {
        "title": f"{spec}, {size} parameters",
        "seconds": seconds,
        "not_counted": elsewhere(ends, first),
        "missing": missing,
    }


def elsewhere(ends: dict[str, np.ndarray], first: np.ndarray, tolerance: float = TOLERANCE) -> dict[str, str]:
    """Return whose parameters end somewhere else than ours, and by how much of the way."""
    way = np.abs(ends[OURS] - first).max()
    off = {name: float(np.abs(end - ends[OURS]).max() / way) for name, end in ends.items()}
    return {
        name: f"its parameters end {part:.1%} of the way off ours"
        for name, part in off.items()
        if not part <= tolerance
    }


class Ours:
    """glassnet's optimizer on its chunks of one vector. It may overwrite the gradients, which are put there anew."""

    def __init__(
        self,
        spec: str,
        network: gn.Network,
        first: np.ndarray,
        gradients: list[np.ndarray],
        setting: Callable[[], AbstractContextManager[None]] = contextlib.nullcontext,
    ) -> None:
        self.optimizer = gn.create("optimizer", spec)
        self.network, self.first, self.gradients, self.setting = network, first, gradients, setting

    def turn(self, steps: int) -> float:
        """Return the seconds of a step, from the start."""
        with self.setting():
            self.network.flat_parameters[:] = self.first
            accelerated = Acceleration(steps=None).replacement(self.optimizer, self.first.size)
            bound = BoundOptimizer(fused(accelerated, self.first.size, None), self.network)
            # What is compiled in the background is compiled before the clock starts.
            for _ in range(2):
                bound.step(self.optimizer.lr, 1, lambda: 0.0)
                finish_compiling()
            bound = BoundOptimizer(bound.optimizer, self.network)
            self.network.flat_parameters[:] = self.first
            numbers, gradients = itertools.count(1), itertools.cycle(self.gradients)
            return clocked(
                lambda: bound.step(self.optimizer.lr, next(numbers), lambda: 0.0),
                before=lambda: _put_by_all_cores(self.network.gradients, next(gradients)),
                times=steps,
            )()

    def parameters(self) -> np.ndarray:
        """Return where it ended."""
        return self.network.flat_parameters


class Theirs:
    """PyTorch's optimizer on one tensor for each weight and bias."""

    def __init__(
        self, spec: str, variant: dict[str, bool], network: gn.Network, first: np.ndarray, gradients: list[np.ndarray]
    ) -> None:
        make, options = OPTIMIZERS[spec]
        self.make = partial(make, **options, **variant)
        self.pieces = [torch.nn.Parameter(piece) for piece in _pieces(network, first)]
        self.first = list(_pieces(network, first))
        self.gradients = [list(_pieces(network, vector)) for vector in gradients]
        for piece, gradient in zip(self.pieces, self.gradients[0], strict=True):
            piece.grad = gradient.clone()
        self.make(self.pieces).step()

    def turn(self, steps: int) -> float:
        """Return the seconds of a step, from the start."""
        with torch.no_grad():
            for piece, first in zip(self.pieces, self.first, strict=True):
                piece.copy_(first)
        optimizer = self.make(self.pieces)
        gradients = itertools.cycle(self.gradients)
        return clocked(optimizer.step, before=lambda: self._put(next(gradients)), times=steps)()

    def _put(self, gradients: list[torch.Tensor]) -> None:
        for piece, gradient in zip(self.pieces, gradients, strict=True):
            assert piece.grad is not None
            piece.grad.copy_(gradient)

    def parameters(self) -> np.ndarray:
        """Return where it ended, as one vector."""
        return torch.cat([piece.detach().reshape(-1) for piece in self.pieces]).numpy()


def _put_by_all_cores(target: np.ndarray, source: np.ndarray) -> None:
    """Copy a vector as a backward pass leaves gradients, and PyTorch copies: each core has its part in its caches."""
    ends = [target.size * part // num_threads() for part in range(num_threads() + 1)]

    def put(part: int, worker: int) -> None:
        np.copyto(target[ends[part] : ends[part + 1]], source[ends[part] : ends[part + 1]])

    gn.executor().parallel_for(num_threads(), put)


def _pieces(network: gn.Network, vector: np.ndarray) -> Iterator[torch.Tensor]:
    """Cut copies of a vector's parts in the shapes of the network's parameters."""
    for piece in network.layout.slices:
        yield torch.from_numpy(vector[piece.start : piece.stop].reshape(piece.parameter.shape).copy())
