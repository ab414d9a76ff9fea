"""Training: the same network from the same weights on the same batches, by everybody in turn."""

from __future__ import annotations

from collections.abc import Iterable
from functools import partial
from typing import Any

import numpy as np

from benchmarks.cases import TRAINING, Case, Samples
from benchmarks.data import samples_of
from benchmarks.peers import FLOOR, OURS, available
from benchmarks.peers.ours import first_weights
from benchmarks.peers.peer import Peer
from benchmarks.rounds import clocked, seconds_by_round

# Another's loss is compared with ours after the first steps, where only what is computed differently can tell; after
# an epoch the rounding of sums in another order has grown to a hundredth of it (docs/decisions.md).
FIRST_STEPS = 20
TOLERANCE_AT_THE_END = 0.05
_LOOKED_AT = 2000


def cases() -> dict[str, Any]:
    """Return what measures each case, given the number of rounds."""
    return {name: partial(trained, case) for name, case in TRAINING.items()}


def trained(case: Case, rounds: int) -> dict[str, Any]:
    """Return everybody's seconds for an epoch, and their losses after it."""
    samples = samples_of(case)
    return compared(case, samples, *made(case, samples), rounds)


def compared(
    case: Case, samples: Samples, peers: dict[str, Peer], missing: dict[str, str], rounds: int
) -> dict[str, Any]:
    """Return the seconds of peers for an epoch, their losses after it, and who does not compute the same as we."""
    turns = {name: clocked(partial(peer.train, 1), before=peer.start) for name, peer in peers.items()}
    seconds = seconds_by_round(turns, rounds)
    learning = {name: peer for name, peer in peers.items() if name != FLOOR}
    losses = {name: loss(peer, samples) for name, peer in learning.items()}
    for peer in learning.values():
        peer.first_steps(FIRST_STEPS)
    early = {name: loss(peer, samples) for name, peer in learning.items()}
    return {
        "title": case.title,
        "steps": case.steps,
        "seconds": seconds,
        "losses": losses,
        "losses_early": early,
        "not_counted": disagreeing(losses, "final loss", TOLERANCE_AT_THE_END)
        | disagreeing(early, "loss after 20 steps", case.tolerance),
        "missing": missing,
    }


def made(case: Case, samples: Samples, names: Iterable[str] | None = None) -> tuple[dict[str, Peer], dict[str, str]]:
    """Return the peers, which have taken their first steps, and why others are left out."""
    classes, missing = available() if names is None else available(names)
    weights = first_weights(case)
    peers: dict[str, Peer] = {}
    for name, peer_class in classes.items():
        if reason := peer_class.why_not(case):
            missing[name] = reason
            continue
        peers[name] = peer_class(case, samples, weights)
    return peers, missing


def loss(peer: Peer, samples: Samples) -> float:
    """Return the loss on the first samples, computed from everybody's outputs in the same way.

    It is the crossentropy, or the mean of squares for an output of numbers.
    """
    x, y = samples.x[:_LOOKED_AT], samples.y[:_LOOKED_AT]
    outputs = peer.outputs(x)
    assert outputs is not None
    if peer.case.output == "linear":
        return float(np.square(outputs.astype(np.float64) - y).mean())
    p = np.clip(outputs.astype(np.float64), 1e-12, 1)
    if peer.case.output == "softmax":
        return float(-np.log(np.take_along_axis(p, y[..., np.newaxis], axis=-1)).mean())
    return float(-np.where(y == 1, np.log(p), np.log(np.clip(1 - p, 1e-12, 1))).mean())


def disagreeing(losses: dict[str, float], when: str, tolerance: float) -> dict[str, str]:
    """Return whose loss differs from ours by more than that share of it, and what it is."""
    ours = losses[OURS]
    # Written so that a loss which is NaN disagrees.
    return {
        name: f"its {when} is {theirs:.4f}, and ours {ours:.4f}"
        for name, theirs in losses.items()
        if not abs(theirs - ours) <= tolerance * ours
    }
