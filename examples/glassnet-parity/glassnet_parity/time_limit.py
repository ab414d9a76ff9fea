"""The callback time_limit: training ends when its time is up."""

from __future__ import annotations

import time

import glassnet as gn


class TimeLimit(gn.Callback):
    """Ends training after the epoch in which its time is up.

    A run that is continued has its time anew.
    """

    seconds: float = gn.option(60.0, gt=0, help="how long training may go on")

    def on_run_start(self, run: gn.Run) -> None:
        # A clock is of no use to a run that is continued: the underscore keeps it out of what is saved.
        run.state_of(self)._ends_at = time.monotonic() + self.seconds

    def should_stop(self, run: gn.Run) -> bool:
        ends_at: float = run.state_of(self)._ends_at
        return time.monotonic() >= ends_at
