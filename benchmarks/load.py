"""Training beside busy processes: what other programs on the machine cost glassnet and PyTorch.

Each candidate is a process of its own, since threads are set up when a process starts. ``GLASSNET_BEFORE`` may name the
Python interpreter of an environment with an earlier version, which is then measured too.
"""

from __future__ import annotations

import os
import sys
from contextlib import ExitStack
from functools import partial
from pathlib import Path
from typing import Any

from benchmarks.cases import TRAINING
from benchmarks.peers import DEFAULT_ADAM, OURS, available
from benchmarks.rounds import seconds_by_round
from benchmarks.workers import process, worker

NETWORKS = ("784-128-64-10", "784-512-512-10")
BUSY = (0, 2, 4)
ONE_THREAD = "glassnet, OPENBLAS_NUM_THREADS=1"
BEFORE = "glassnet before"
_WORKER = Path(__file__).with_name("load_worker.py")
_ENDLESS = "while True: pass"


def cases() -> dict[str, Any]:
    """Return what measures each network and number of busy processes, given the number of rounds."""
    return {f"{name}, {busy} busy": partial(trained, name, busy) for name in NETWORKS for busy in BUSY}


def trained(network: str, busy: int, rounds: int) -> dict[str, Any]:
    """Return the seconds of a step of each candidate."""
    commands, missing = candidates()
    with ExitStack() as stack:
        turns = {
            name: stack.enter_context(worker([interpreter, str(_WORKER), library, network], settings))
            for name, (interpreter, library, settings) in commands.items()
        }
        for _ in range(busy):
            stack.enter_context(process([sys.executable, "-c", _ENDLESS]))
        seconds = seconds_by_round(turns, rounds)
    title = f"{TRAINING[network].title}: a step beside {busy} busy processes"
    return {"title": title, "seconds": seconds, "missing": missing}


def candidates() -> tuple[dict[str, tuple[str, str, dict[str, str]]], dict[str, str]]:
    """Return interpreter, library and settings of each candidate, and the reasons why others are left out."""
    commands = {
        OURS: (sys.executable, "glassnet", {}),
        ONE_THREAD: (sys.executable, "glassnet", {"OPENBLAS_NUM_THREADS": "1"}),
    }
    missing = {}
    if before := os.environ.get("GLASSNET_BEFORE"):
        commands[BEFORE] = (before, "glassnet", {})
    else:
        missing[BEFORE] = "GLASSNET_BEFORE names no interpreter"
    found, without = available([DEFAULT_ADAM])
    if found:
        commands[DEFAULT_ADAM] = (sys.executable, "torch", {})
    return commands, missing | without
