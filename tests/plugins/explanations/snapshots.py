"""A callback that keeps what a training changes."""

from typing import Any

import glassnet as gn


class Snapshots(gn.Callback):
    """Keeps parameters and the optimizer's memory before the first step, and after each."""

    taken: Any = gn.option(kw_only=True)

    def on_run_start(self, run: gn.Run) -> None:
        self._take(run)

    def on_batch_end(self, run: gn.Run) -> None:
        self._take(run)

    def _take(self, run: gn.Run) -> None:
        bound = run.bound_optimizer
        state = {name: array.copy() for name, array in {**bound.slots, **bound.scalars}.items()}
        self.taken.append((run.network.flat_parameters.copy(), state))
