"""How cost grows with width, depth, batch and data."""

from __future__ import annotations

import itertools
import tempfile
from collections.abc import Callable, Iterable
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.cases import Case, Samples, perceptron
from benchmarks.data import on_disk, samples_of
from benchmarks.peers import DEFAULT_ADAM, FUSED_ADAM, JAX, OURS, PLAIN
from benchmarks.rounds import clocked, seconds_by_round
from benchmarks.training import made

WIDTHS = (32, 128, 512, 1024, 2048)
DEPTHS = (1, 2, 4, 8, 16, 32)
BATCHES = (1, 8, 64, 512, 4096)
COUNTS = (1_000, 10_000, 100_000, 1_000_000, 10_000_000)
PEERS = (OURS, PLAIN, DEFAULT_ADAM, FUSED_ADAM, JAX)
# JAX would read the whole file into memory.
PEERS_ON_DISK = (OURS, PLAIN, DEFAULT_ADAM, FUSED_ADAM)
# A turn takes about a fifth of a second: after a pause threads may wait some milliseconds for a core of their own.
MULTIPLICATIONS_A_TURN = 3_000_000_000
FEWEST_STEPS, MOST_STEPS = 10, 400


def cases() -> dict[str, Any]:
    """Return what measures each curve, given the number of rounds."""
    return {"width": by_width, "depth": by_depth, "batch": by_batch, "data": by_data}


def by_width(rounds: int) -> dict[str, Any]:
    """Return the seconds of a step by the width of two hidden layers."""
    networks = [_network(784, width, width, 10, batch=128) for width in WIDTHS]
    curve = _curve(WIDTHS, networks, rounds)
    return {"title": "784-width-width-10, batch 128", "x": "width", "y": "milliseconds a step", "scale": 1000, **curve}


def by_depth(rounds: int) -> dict[str, Any]:
    """Return the seconds of a step by the number of hidden layers."""
    networks = [_network(784, *[128] * depth, 10, batch=128) for depth in DEPTHS]
    curve = _curve(DEPTHS, networks, rounds)
    title = "hidden layers of 128, batch 128"
    return {"title": title, "x": "hidden layers", "y": "milliseconds a step", "scale": 1000, **curve}


def by_batch(rounds: int) -> dict[str, Any]:
    """Return the seconds of a sample by the size of the batch."""
    networks = [_network(784, 128, 64, 10, batch=batch) for batch in BATCHES]
    curve = _curve(BATCHES, networks, rounds)
    for peer, seconds in curve["points"].items():
        curve["points"][peer] = [each / batch for each, batch in zip(seconds, BATCHES, strict=True)]
    return {"title": "784-128-64-10", "x": "batch", "y": "microseconds a sample", "scale": 1e6, **curve}


def by_data(rounds: int) -> dict[str, Any]:
    """Return the seconds of an epoch by the number of samples, which are in a file mapped into memory."""
    networks = [perceptron(16, 32, 2, batch=1000, steps=count // 1000) for count in COUNTS]
    with tempfile.TemporaryDirectory() as folder:
        data = on_disk(Path(folder), COUNTS[-1], 16)
        curve = _curve(
            COUNTS,
            networks,
            max(1, rounds // 2),
            lambda case: Samples(data.x[: case.samples], data.y[: case.samples]),
            PEERS_ON_DISK,
        )
    for peer, seconds in curve["points"].items():
        curve["points"][peer] = [each * case.steps for each, case in zip(seconds, networks, strict=True)]
    title = "16-32-2, batch 1,000, memory-mapped"
    return {"title": title, "x": "samples", "y": "seconds an epoch", "scale": 1, **curve}


def _network(*widths: int, batch: int) -> Case:
    """Return a network with as many steps as a turn has."""
    multiplications = 3 * batch * sum(before * after for before, after in itertools.pairwise(widths))
    steps = min(max(MULTIPLICATIONS_A_TURN // multiplications, FEWEST_STEPS), MOST_STEPS)
    return perceptron(*widths, batch=batch, steps=steps)


def _curve(
    values: Iterable[int],
    networks: list[Case],
    rounds: int,
    samples: Callable[[Case], Samples] = samples_of,
    names: Iterable[str] = PEERS,
) -> dict[str, Any]:
    """Return each peer's median seconds for a step of each network."""
    points: dict[str, list[float]] = {}
    missing: dict[str, str] = {}
    for case in networks:
        peers, missing = made(case, samples(case), names)
        turns = {name: clocked(partial(peer.train, 1), before=peer.start) for name, peer in peers.items()}
        for name, seconds in seconds_by_round(turns, rounds).items():
            points.setdefault(name, []).append(float(np.median(seconds)) / case.steps)
    return {"values": list(values), "points": points, "missing": missing}
