"""Ctrl-C during a run."""

from __future__ import annotations

import signal
from typing import Any

import glassnet as gn


class Interruption(gn.Callback):
    """Breaks a run off between two batches after Ctrl-C, with its state saved, so that it can be continued from there.

    A second Ctrl-C breaks it off at once.
    """

    def on_run_start(self, run: gn.Run) -> None:
        memory = run.memory(self)
        memory._wanted = False

        def interrupt(*_: Any) -> None:
            memory._wanted = True
            signal.signal(signal.SIGINT, signal.default_int_handler)

        memory._handler_before = signal.signal(signal.SIGINT, interrupt)

    # Last, so that the state that is saved holds what other callbacks remember of this step.
    @gn.run_hookimpl(trylast=True)
    def on_batch_end(self, run: gn.Run) -> None:
        self._break_off(run)

    @gn.run_hookimpl(trylast=True)
    def on_epoch_end(self, run: gn.Run) -> None:
        # Ctrl-C during the validation, or while the epoch was saved.
        self._break_off(run)

    def _break_off(self, run: gn.Run) -> None:
        if run.memory(self)._wanted:
            run.save_state()
            raise KeyboardInterrupt

    def on_run_end(self, run: gn.Run) -> None:
        # A callback before this one may have failed before the handler was set.
        handler = getattr(run.memory(self), "_handler_before", None)
        if handler is not None:
            signal.signal(signal.SIGINT, handler)
