"""Ctrl-C, SIGTERM and SIGHUP during a run."""

from __future__ import annotations

import signal
from typing import Any

import glassnet as gn
from glassnet_commands.termination import HANG_UP, SIGNALS, can_be_caught, ignore_hang_up


class Interruption(gn.Callback):
    """Breaks a run off between two batches after one of the signals, with its state saved, to be continued from there.

    A second Ctrl-C or SIGTERM breaks it off at once. A second SIGHUP is ignored.
    """

    def on_run_start(self, run: gn.Run) -> None:
        memory = run.state_of(self)
        memory._wanted = None
        memory._handlers_before = {}

        def interrupt(number: int, *_: Any) -> None:
            memory._wanted = SIGNALS[number]
            if number != HANG_UP:
                self._put_back(run)
            memory._handlers_before.pop(HANG_UP, None)
            ignore_hang_up()

        for number in filter(can_be_caught, SIGNALS):
            memory._handlers_before[number] = signal.signal(number, interrupt)

    # Last, so that the state that is saved holds what other callbacks remember of this step.
    @gn.run_hookimpl(trylast=True)
    def on_batch_end(self, run: gn.Run) -> None:
        self._break_off(run)

    @gn.run_hookimpl(trylast=True)
    def on_epoch_end(self, run: gn.Run) -> None:
        # A signal during the validation, or while the epoch was saved.
        self._break_off(run)

    def _break_off(self, run: gn.Run) -> None:
        wanted = run.state_of(self)._wanted
        if wanted is not None:
            run.save_state()
            raise wanted

    def on_run_end(self, run: gn.Run) -> None:
        self._put_back(run)

    def _put_back(self, run: gn.Run) -> None:
        # A callback before this one may have failed before the handlers were set.
        for number, handler in getattr(run.state_of(self), "_handlers_before", {}).items():
            signal.signal(number, handler)
