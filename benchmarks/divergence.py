"""What it costs to look for NaN and infinity: blocks of steps with the check, in turn with blocks without."""

from __future__ import annotations

from functools import partial
from statistics import median
from time import perf_counter
from typing import Any

import glassnet as gn
from benchmarks.cases import TRAINING, Case, perceptron
from benchmarks.data import samples_of
from benchmarks.peers.ours import Glassnet, first_weights
from glassnet_divergence.callback import watch_of

# Small batches, and most parameters for a sample: where a check weighs most.
SMALL_BATCHES = {
    "784-128-10, batch 4": perceptron(784, 128, 10, batch=4, steps=3200),
    "784-512-512-10, batch 32": perceptron(784, 512, 512, 10, batch=32, steps=640),
}
# A network with small batches is looked at once in 64 steps, at most.
_BLOCK = 64


def cases() -> dict[str, Any]:
    """Return what measures each case, given the number of rounds."""
    return {name: partial(cost, case) for name, case in {**TRAINING, **SMALL_BATCHES}.items()}


def cost(case: Case, rounds: int) -> dict[str, Any]:
    """Return the microseconds of a step with and without the check, and its share; medians over blocks."""
    # A block that an epoch's end interrupts is left out. Of three, those that follow each other are both counted.
    block = min(_BLOCK, case.steps // 3)
    clock = _Clock(block)
    ours = Glassnet(case, samples_of(case), first_weights(case))
    ours.train(1)
    ours.train(max(rounds, -(-rounds * 8 * block // case.steps)), callbacks=(clock,))
    without, with_check = clock.medians()
    return {
        "title": case.title,
        "step without, µs": without * 1e6,
        "step with, µs": with_check * 1e6,
        "share, %": 100 * (with_check / without - 1),
    }


class _Clock(gn.Callback):
    """Turns the check on and off from block to block, and takes the time of each."""

    block: int = gn.option(help="steps of a block")

    def __attrs_post_init__(self) -> None:
        vars(self).update(_seconds=([], []), _started_at=0.0)

    def medians(self) -> list[float]:
        """Return the median seconds of a step without and with the check, of blocks in a row."""
        without, with_check = vars(self)["_seconds"]
        pairs = list(zip(without, with_check, strict=False))
        base = median(one for one, _ in pairs)
        return [base, base * median(two / one for one, two in pairs)]

    def on_batch_start(self, run: gn.Run) -> None:
        if run.step % self.block == 0:
            now = perf_counter()
            mine = vars(self)
            if run.step and run.batch_in_epoch >= self.block:  # a block that no epoch's end interrupts
                mine["_seconds"][watch_of(run).stops].append((now - mine["_started_at"]) / self.block)
            watch_of(run).stops = not watch_of(run).stops
            mine["_started_at"] = perf_counter()
