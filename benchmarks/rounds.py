"""Timing in interleaved rounds: each round times every candidate once, so a slow minute slows them all."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable, Mapping
from typing import NamedTuple

# Threads that wait for more work by spinning, as those of OpenBLAS and OpenMP do for some milliseconds, are asleep
# after this many seconds, when it is another candidate's turn.
PAUSE = 0.05


def clocked(
    act: Callable[[], object],
    before: Callable[[], object] | None = None,
    times: int = 1,
    clock: Callable[[], float] = time.perf_counter,
) -> Callable[[], float]:
    """Return what calls `act` several times and gives the mean seconds of one call, `before` each not included.

    With `time.process_time` as the clock, they are those of the processor, in all threads.
    """

    def turn() -> float:
        total = 0.0
        for _ in range(times):
            if before is not None:
                before()
            start = clock()
            act()
            total += clock() - start
        return total / times

    return turn


def seconds_by_round(
    candidates: Mapping[str, Callable[[], float]], rounds: int, pause: float = PAUSE, warm_up: bool = True
) -> dict[str, list[float]]:
    """Return the seconds that each candidate says it took, a figure a round.

    Every second round goes through the candidates backwards, so that no candidate always follows the same other. A
    round that is not counted comes first: caches are filled and code is compiled in it.
    """
    seconds: dict[str, list[float]] = {name: [] for name in candidates}
    for number in range(-1 if warm_up else 0, rounds):
        for name in list(candidates)[:: -1 if number % 2 else 1]:
            time.sleep(pause)
            took = candidates[name]()
            if number >= 0:
                seconds[name].append(took)
    return seconds


class Ratio(NamedTuple):
    """The median of the ratios, round by round, and their range."""

    median: float
    least: float
    most: float

    def __str__(self) -> str:
        return f"{self.median:.2f} ({self.least:.2f} to {self.most:.2f})"


def ratio(ours: list[float], theirs: list[float]) -> Ratio:
    """Return what our seconds are as parts of theirs."""
    ratios = [our / their for our, their in zip(ours, theirs, strict=True)]
    return Ratio(statistics.median(ratios), min(ratios), max(ratios))
