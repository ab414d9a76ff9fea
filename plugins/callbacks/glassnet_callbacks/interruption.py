"""An interrupted training in a notebook: one sentence in place of a traceback through glassnet."""

from __future__ import annotations

from typing import Any

import glassnet as gn


class Interruption(gn.Callback):
    """Lets a notebook say where a training was interrupted, and what is left of it; the interruption goes on."""

    only_watches = True

    def on_exception(self, run: gn.Run, exception: BaseException) -> None:
        if not isinstance(exception, KeyboardInterrupt):
            return
        told = f"KeyboardInterrupt: training was interrupted in epoch {run.epoch + 1} of {run.epochs}; "
        told += f"net.history has the {run.epoch} before it, and net the parameters of step {run.step}"
        # IPython asks an exception how it is shown.
        shown: Any = exception
        shown._render_traceback_ = lambda: [told]
