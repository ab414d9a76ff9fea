"""What it costs to look for NaN and infinity: blocks of steps with the check, in turn with blocks without."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from statistics import median
from time import thread_time
from typing import Any

import glassnet as gn
from benchmarks.cases import TRAINING, Case, perceptron
from benchmarks.data import samples_of
from benchmarks.peers.ours import Glassnet, first_weights

# Small batches, and most parameters for a sample: where a check weighs most. Data of one batch end an epoch each step.
FURTHER = {
    "784-128-10, batch 4": perceptron(784, 128, 10, batch=4, steps=3200),
    "784-512-512-10, batch 32": perceptron(784, 512, 512, 10, batch=32, steps=640),
    "xor, epochs of one step": replace(TRAINING["xor"], title="XOR, 2-8-1, batch 4, epochs of one step", samples=4),
}
# A network with small batches is looked at once in 64 steps, at most.
_BLOCK = 64
# A round has at least this number of blocks, and of short steps as many as fit in this time: their times scatter.
_FEWEST, _SECONDS = 8, 1.0
# The hooks of the check in steps and epochs that go well.
_HOOKS = ("on_after_backward", "on_train_epoch_end")


def cases() -> dict[str, Any]:
    """Return what measures each case, given the number of rounds."""
    return {name: partial(cost, case) for name, case in {**TRAINING, **FURTHER}.items()}


def cost(case: Case, rounds: int) -> dict[str, Any]:
    """Return the microseconds of a step with and without the check, and its share; medians over blocks."""
    # A block that an epoch's end interrupts is left out. Of three, those that follow each other are both counted.
    block = min(_BLOCK, case.steps // 3) or _BLOCK
    ours = Glassnet(case, samples_of(case), first_weights(case))
    ours.epochs *= max(1, 1000 // case.steps)
    warming = _Clock(block)
    ours.train(-(-3 * block // case.steps), callbacks=(warming,))
    seconds = block * warming.seconds_of_a_step
    clock = _Clock(block)
    ours.train(-(-rounds * block * max(_FEWEST, int(_SECONDS / seconds)) // case.steps), callbacks=(clock,))
    without, with_check = clock.medians()
    return {
        "title": case.title,
        "step without, µs": without * 1e6,
        "step with, µs": with_check * 1e6,
        "share, %": 100 * (with_check / without - 1),
    }


class _Clock(gn.Callback):
    """Takes the check out of the run and puts it back, block by block, and takes the processor time of each."""

    block: int = gn.option(help="steps of a block")

    def __attrs_post_init__(self) -> None:
        vars(self).update(_seconds=([], []), _started_at=0.0, _is_on=True)

    def on_run_start(self, run: gn.Run) -> None:
        vars(self)["_calls"] = {name: getattr(run.hooks.calls, name) for name in _HOOKS}

    @property
    def seconds_of_a_step(self) -> float:
        """The seconds of the last step of all blocks so far, with the check."""
        return float(vars(self)["_seconds"][1][-1])

    def medians(self) -> list[float]:
        """Return the median seconds of a step without and with the check, of blocks in a row."""
        without, with_check = vars(self)["_seconds"]
        pairs = list(zip(without, with_check, strict=False))
        base = median(one for one, _ in pairs)
        return [base, base * median(two / one for one, two in pairs)]

    def on_batch_start(self, run: gn.Run) -> None:
        if run.step % self.block == 0:
            now = thread_time()
            mine = vars(self)
            is_whole = run.batch_in_epoch >= self.block or run.steps_per_epoch == 1
            if run.step and is_whole:
                mine["_seconds"][mine["_is_on"]].append((now - mine["_started_at"]) / self.block)
            mine["_is_on"] = not mine["_is_on"]
            vars(run.hooks.calls).update(mine["_calls"] if mine["_is_on"] else dict.fromkeys(_HOOKS))
            mine["_started_at"] = thread_time()
