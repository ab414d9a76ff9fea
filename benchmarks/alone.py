"""Does taking turns in one process slow anybody? Each peer by itself in a fresh process, beside all in turn."""

from __future__ import annotations

import json
import subprocess
import sys
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
    """Return everybody's seconds in turn with the others, and alone."""
    case = TRAINING[NETWORK]
    peers, missing = made(case, samples_of(case))
    turns = {name: clocked(partial(peer.train, 1), before=peer.start) for name, peer in peers.items()}
    seconds = seconds_by_round(turns, rounds)
    alone = {name: _in_a_process(name, rounds) for name in peers}
    return {"title": case.title, "seconds": seconds, "alone": alone, "missing": missing}


def _in_a_process(name: str, rounds: int) -> list[float]:
    command = [sys.executable, "-m", "benchmarks.alone", name, str(rounds)]
    done = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True)
    seconds: list[float] = json.loads(done.stdout.splitlines()[-1])
    return seconds


def run(name: str, rounds: str) -> None:
    """Print the seconds of one peer that has the process for itself."""
    case = TRAINING[NETWORK]
    peers, _ = made(case, samples_of(case), [name])
    turns = {name: clocked(partial(peers[name].train, 1), before=peers[name].start)}
    print(json.dumps(seconds_by_round(turns, int(rounds))[name]))


if __name__ == "__main__":
    run(*sys.argv[1:])
