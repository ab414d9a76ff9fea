"""The base class of callbacks."""

from __future__ import annotations

from typing import ClassVar

from glassnet.components.component import Component


class Callback(Component):
    """Takes part in a run through any of the hooks in `glassnet.training.run_hooks.RunHooks`.

    An author writes methods of the hooks' names, such as ``def on_epoch_end(self, run)``. What a callback has
    to remember between two of them it keeps in ``run.state_of(self)``, not on itself: so one instance can
    serve several runs, and a run can be continued from disk.

    Attributes
    ----------
    needs_total_steps
        Whether what it does depends on the length of the run. Such a run is not continued with other ``epochs``.
    expects_divergence
        Whether its runs are meant to arrive at NaN or infinity. They go on as with ``on_divergence="continue"``.
    """

    kind = "callback"
    needs_total_steps: ClassVar[bool] = False
    expects_divergence: ClassVar[bool] = False
