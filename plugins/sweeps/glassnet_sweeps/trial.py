"""One training of a sweep: its settings, and what came of it."""

from __future__ import annotations

import math
from typing import Any

import attrs

RUNNING, FINISHED, DIVERGED, FAILED = "running", "finished", "diverged", "failed"
STATES = (RUNNING, FINISHED, DIVERGED, FAILED)


@attrs.frozen
class Trial:
    """A training of a sweep.

    Attributes
    ----------
    number
        Its place among the trials, from 0.
    settings
        The values of the settings that vary, and of those that the strategy sets, by name.
    state
        ``running``, ``finished``; ``diverged`` if it arrived at NaN or infinity; ``failed`` if the settings do not
        make a network that can be trained.
    figures
        The figures of the last epoch.
    test
        Those on the test data.
    epochs, seconds
        Epochs that were completed, and the time that they took.
    reason
        Why it diverged or failed.
    """

    number: int
    settings: dict[str, Any]
    state: str = RUNNING
    figures: dict[str, float] = attrs.Factory(dict)
    test: dict[str, float] = attrs.Factory(dict)
    epochs: int = 0
    seconds: float = 0.0
    reason: str = ""

    @property
    def name(self) -> str:
        """The name of its folder."""
        return f"trial-{self.number:03}"

    @property
    def has_ended(self) -> bool:
        """Whether the trial is over."""
        return self.state != RUNNING

    def figure(self, name: str) -> float:
        """Return a figure of the last epoch; NaN if there is none that is finite."""
        value = self.figures.get(name)
        is_finite = self.state == FINISHED and isinstance(value, (int, float)) and math.isfinite(value)
        return float(value) if is_finite and value is not None else math.nan
