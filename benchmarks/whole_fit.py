"""A whole `fit` of one epoch beside JAX' steps alone: its start, its checks and compiled code from the cache.

Each round starts a process for glassnet, which has imported it and has the samples in memory. It times its first
`fit`, which loads what it needs, and a further one.
"""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable
from functools import partial
from typing import Any

from benchmarks.cases import TRAINING
from benchmarks.peers import JAX
from benchmarks.rounds import clocked, seconds_by_round

NETWORKS = ("784-128-64-10", "784-512-512-10")
FIRST, FURTHER = "glassnet, first fit of a process", "glassnet, further fit"


def cases() -> dict[str, Any]:
    """Return what measures each network, given the number of rounds."""
    return {name: partial(compared, name) for name in NETWORKS}


def compared(name: str, rounds: int) -> dict[str, Any]:
    """Return the seconds of a fit of one epoch, and those of JAX' steps."""
    from benchmarks.data import samples_of
    from benchmarks.training import made

    case = TRAINING[name]
    peers, missing = made(case, samples_of(case), [JAX])
    further: list[float] = []

    def turn() -> float:
        first, second = _in_a_process(name)
        further.append(second)
        return first

    turns: dict[str, Callable[[], float]] = {FIRST: turn}
    turns |= {jax: clocked(partial(peer.train, 1), before=peer.start) for jax, peer in peers.items()}
    seconds = seconds_by_round(turns, rounds)
    ours = {FIRST: seconds.pop(FIRST), FURTHER: further[-rounds:]}
    return {"title": f"{case.title}: one epoch", "seconds": ours | seconds, "missing": missing}


def _in_a_process(name: str) -> tuple[float, float]:
    """Return the seconds of the first fit of a new process, and of the one after it."""
    command = [sys.executable, "-m", "benchmarks.whole_fit", name]
    done = subprocess.run(command, check=True, capture_output=True, text=True)
    first, second = json.loads(done.stdout)
    return first, second


def run(name: str) -> None:
    """Fit for one epoch, twice, and print the seconds of each."""
    from benchmarks.data import samples_of
    from benchmarks.peers.ours import Glassnet, first_weights

    case = TRAINING[name]
    ours = Glassnet(case, samples_of(case), first_weights(case))
    ours.epochs = 1
    turn = clocked(partial(ours.train, 1), before=ours.start)
    print(json.dumps([turn(), turn()]))


if __name__ == "__main__":
    run(*sys.argv[1:])
