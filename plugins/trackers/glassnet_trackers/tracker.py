"""The base class of callbacks that send a run to a program that compares runs."""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import glassnet as gn
from glassnet_trackers.parameters import parameters_of

# Where epochs are short, to send each of them would take longer than the training.
_SECONDS_BETWEEN = 1.0


class Tracker(gn.Callback):
    """Sends the figures of a run to another program, under the names that they have in ``history.csv``.

    A tracker writes some of the methods `begin`, `log`, `look`, `finish` and `record`. An error in `begin` refuses the
    run. An error in the others is a warning, and the training goes on without the tracker.

    What it has to remember in a continued run is in ``run.state_of(self)``, as for any callback.
    """

    only_watches = True

    def begin(self, run: gn.Run) -> None:
        """Start a run, or go on with the one that is continued; ``run.saved`` tells which."""

    def log(self, run: gn.Run, epoch: int, figures: Mapping[str, float], seconds: float) -> None:
        """Send the figures of an epoch, counted from 1, that ended at `seconds` since 1970."""

    def look(self, run: gn.Run, epoch: int) -> None:
        """Send what the network looks like after an epoch: at most once a second, and after the last one."""

    def finish(self, run: gn.Run, status: str) -> None:
        """End the run, which is ``"finished"``, ``"interrupted"`` or ``"failed"``."""

    def record(self, folder: Path, summary: Mapping[str, Any]) -> None:
        """Send what ``glassnet train`` has found after the training.

        Parameters
        ----------
        folder
            The folder of the run, with its pictures.
        summary
            The contents of ``summary.json``: figures of the test data, and what the doctor finds.
        """

    @staticmethod
    def parameters(run: gn.Run) -> dict[str, float | str | bool]:
        """Return the options of a run by name, such as ``optimizer`` and ``optimizer.lr``: numbers and text."""
        return parameters_of(run)

    # --- the hooks of a run, which call the methods above ----------------------------------------------------------

    def on_run_start(self, run: gn.Run) -> None:
        memory = run.state_of(self)
        memory.sent = 0
        memory._is_open = memory._has_failed = False
        memory._ended_at = []
        memory._sent_at = memory._looked_at = -math.inf
        memory._looked_after = 0
        memory._status = "finished"
        if run.saved is None and not run.is_as_saved:
            self._open(run)

    def on_resume(self, run: gn.Run) -> None:
        # Of a continued run nothing changes before its first step: `begin` waits for it.
        memory = run.state_of(self)
        memory._ended_at = [time.time()] * len(run.history.epochs)

    def on_epoch_start(self, run: gn.Run) -> None:
        # Here the epoch before has all its figures, also those that other callbacks reported at its end.
        memory = run.state_of(self)
        if time.monotonic() - memory._sent_at >= _SECONDS_BETWEEN:
            self._attempt(run, self._send)

    @gn.run_hookimpl(trylast=True)
    def on_epoch_end(self, run: gn.Run) -> None:
        memory = run.state_of(self)
        memory._ended_at.append(time.time())
        if time.monotonic() - memory._looked_at >= _SECONDS_BETWEEN:
            self._attempt(run, self._look)
            memory._looked_at = time.monotonic()

    def on_exception(self, run: gn.Run, exception: BaseException) -> None:
        run.state_of(self)._status = "interrupted" if isinstance(exception, KeyboardInterrupt) else "failed"

    @gn.run_hookimpl(trylast=True)
    def on_run_end(self, run: gn.Run) -> None:
        memory = run.state_of(self)
        # A callback before this one may have failed in on_run_start.
        if not hasattr(memory, "_is_open") or run.is_as_saved:
            return
        self._attempt(run, self._send)
        if memory._looked_after < run.epoch:
            self._attempt(run, self._look)
        self._attempt(run, lambda run: self.finish(run, memory._status))

    def _open(self, run: gn.Run) -> None:
        memory = run.state_of(self)
        memory._has_failed = True  # until it has not
        self.begin(run)
        memory._has_failed, memory._is_open = False, True

    def _attempt(self, run: gn.Run, action: Callable[[gn.Run], None]) -> None:
        memory = run.state_of(self)
        if memory._has_failed:
            return
        try:
            if not memory._is_open:
                self._open(run)
            action(run)
        except Exception as error:
            memory._has_failed = True
            gn.warn(
                f"{self.title()} sends nothing any more, and the training goes on "
                f"({type(error).__name__}: {error}); see docs/trackers.md"
            )

    def _send(self, run: gn.Run) -> None:
        memory = run.state_of(self)
        for number in range(memory.sent, len(run.history.epochs)):
            self.log(run, number + 1, run.history.epochs[number], memory._ended_at[number])
            memory.sent = number + 1
        memory._sent_at = time.monotonic()

    def _look(self, run: gn.Run) -> None:
        self.look(run, run.epoch)
        run.state_of(self)._looked_after = run.epoch
