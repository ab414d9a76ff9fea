"""Prediction for one sample and for ten thousand, NumPy in and NumPy out."""

from __future__ import annotations

from functools import partial
from typing import Any

import numpy as np

from benchmarks.cases import TRAINING
from benchmarks.data import mnist, samples_of
from benchmarks.peers import ALL, COMPILED, FLOOR, FUSED_ADAM, OURS, PLAIN, available
from benchmarks.rounds import clocked, seconds_by_round
from benchmarks.training import made

NETWORK = "784-128-64-10"
# Calls a turn for each number of samples: about a fifth of a second.
CALLS = {1: 5000, 10_000: 10}
TOLERANCE = 1e-4


def cases() -> dict[str, Any]:
    """Return what measures each number of samples, given the number of rounds."""
    return {str(count): partial(predicted, count) for count in CALLS}


def predicted(count: int, rounds: int) -> dict[str, Any]:
    """Return everybody's seconds for one call, and whose probabilities differ from ours."""
    case = TRAINING[NETWORK]
    # The products alone would be those of training, backward included; the others differ from one that is here in how
    # they train only.
    left_out = (FLOOR, PLAIN, FUSED_ADAM, COMPILED)
    classes, missing = available(name for name in ALL if name not in left_out)
    peers, failing = made(case, samples_of(case), classes)
    x = mnist("test").x[:count]
    outputs = {}
    for name, peer in peers.items():
        peer.start()
        outputs[name] = peer.outputs(x)
    turns = {name: clocked(partial(peer.outputs, x), times=CALLS[count]) for name, peer in peers.items()}
    return {
        "title": f"{NETWORK}, {count:,} sample{'s' if count > 1 else ''}",
        "seconds": seconds_by_round(turns, rounds),
        "not_counted": {
            name: "its probabilities differ from ours"
            for name, y in outputs.items()
            if not np.allclose(y, outputs[OURS], atol=TOLERANCE)
        },
        "missing": missing | failing,
    }
