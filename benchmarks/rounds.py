"""Timing in interleaved rounds: each round times every candidate once, so a slow minute slows them all."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable, Mapping


def seconds_by_round(
    candidates: Mapping[str, Callable[[], object]], rounds: int, pause: float = 0
) -> dict[str, list[float]]:
    """Return each candidate's seconds, a figure a round, after one round that is not counted.

    With a pause before each, threads that wait for more work by spinning, as OpenMP's do for some milliseconds, are
    asleep when it is another candidate's turn.
    """
    seconds: dict[str, list[float]] = {name: [] for name in candidates}
    for counted in [False] + [True] * rounds:
        for name, candidate in candidates.items():
            time.sleep(pause)
            start = time.perf_counter()
            candidate()
            if counted:
                seconds[name].append(time.perf_counter() - start)
    return seconds


def ratio_text(ours: list[float], theirs: list[float]) -> str:
    """Return the median of the ratios, round by round, with their range."""
    ratios = sorted(our / their for our, their in zip(ours, theirs, strict=True))
    return f"{statistics.median(ratios):.2f} ({ratios[0]:.2f} to {ratios[-1]:.2f})"


def seconds_text(seconds: list[float]) -> str:
    """Return the median in seconds."""
    return f"{statistics.median(seconds):.3f} s"
