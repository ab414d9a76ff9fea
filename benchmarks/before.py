"""The command ``python -m benchmarks.before``: rows of this benchmark in turn with those of an earlier version.

``GLASSNET_BEFORE`` names the Python interpreter of an environment with the earlier version, installed from a checkout
with ``pip install -e``. Each side runs the benchmark of its own checkout in a process, and measures glassnet alone. The
figures are processor time of all threads, which other programs on the machine change less than the clock.
"""

from __future__ import annotations

import argparse
import os
import sys
from contextlib import ExitStack
from pathlib import Path

from benchmarks.__main__ import wanted
from benchmarks.rounds import ratio, seconds_by_round
from benchmarks.workers import worker

_WORKER = Path(__file__).with_name("before_worker.py")
# Those whose cases measure glassnet beside its peers, turn by turn.
SECTIONS = ("training", "prediction", "layers", "optimizers")


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.before", description="Measure an earlier version too.")
    parser.add_argument("words", nargs="*", default=SECTIONS, help="measure only what has one of these in its name")
    parser.add_argument("--rounds", type=int, default=15, help="how often each is measured (default: 15)")
    given = parser.parse_args()
    before = os.environ.get("GLASSNET_BEFORE")
    if not before:
        parser.error("GLASSNET_BEFORE names no interpreter; set it to that of an environment with the earlier version")
    for name, _ in wanted(given.words):
        if name.partition("/")[0] in SECTIONS:
            print(f"{name}: {compared(name, before, given.rounds)}", flush=True)


def compared(name: str, before: str, rounds: int) -> str:
    """Return the ratio of the times of a row, and the time of this version."""
    with ExitStack() as stack:
        turns = {
            interpreter: stack.enter_context(worker([interpreter, str(_WORKER), name], {}))
            for interpreter in (sys.executable, before)
        }
        seconds = seconds_by_round(turns, rounds)
    ours = seconds[sys.executable]
    return f"{ratio(ours, seconds[before])} of the earlier version, {sorted(ours)[len(ours) // 2] * 1e6:.1f} µs"


if __name__ == "__main__":
    main()
