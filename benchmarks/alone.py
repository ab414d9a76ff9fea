"""Does taking turns in one process slow anybody? Each peer in a process of its own, in turn with the one that has all.

The processes wait without work while it is not their turn.
"""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from contextlib import ExitStack
from functools import partial
from typing import Any

from benchmarks.cases import TRAINING
from benchmarks.data import samples_of
from benchmarks.rounds import clocked, seconds_by_round
from benchmarks.training import made

NETWORK = "784-128-64-10"


def cases() -> dict[str, Any]:
    """Return what measures it, given the number of rounds."""
    return {NETWORK: compared}


def compared(rounds: int) -> dict[str, Any]:
    """Return everybody's seconds in turn with the others in this process, and alone in one of their own."""
    case = TRAINING[NETWORK]
    peers, missing = made(case, samples_of(case))
    serial_for = {name: clocked(partial(peer.train, 1), before=peer.start) for name, peer in peers.items()}
    with ExitStack() as stack:
        turns: dict[str, Callable[[], float]] = {}
        for name in peers:  # one right after the other, so that a slow minute slows both
            turns[name], turns[f"{name}, alone"] = serial_for[name], _waiting(name, stack)
        seconds = seconds_by_round(turns, max(1, rounds // 2))
    return {
        "title": f"{case.title}: in turn, and alone in a process",
        "seconds": {name: seconds[name] for name in peers},
        "alone": {name: seconds[f"{name}, alone"] for name in peers},
        "missing": missing,
    }


def _waiting(name: str, stack: ExitStack) -> Callable[[], float]:
    """Start a process that has one peer in it, and return what lets it take a turn."""
    process = stack.enter_context(
        subprocess.Popen(
            [sys.executable, "-m", "benchmarks.alone", name], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )
    )
    assert process.stdin is not None
    assert process.stdout is not None
    orders, answers = process.stdin, process.stdout

    def turn() -> float:
        print("go", file=orders, flush=True)
        return float(answers.readline())

    return turn


def run(name: str) -> None:
    """Take a turn with the one peer of this process whenever a line comes, and print its seconds."""
    case = TRAINING[NETWORK]
    peers, _ = made(case, samples_of(case), [name])
    turn = clocked(partial(peers[name].train, 1), before=peers[name].start)
    for _ in sys.stdin:
        print(turn(), flush=True)


if __name__ == "__main__":
    run(*sys.argv[1:])
