"""One process that continues what several began."""

from __future__ import annotations

from typing import Any

import glassnet as gn


class Distributed(gn.Callback):
    """Takes the place in a saved run of the callback of the same name, and has nothing to do after that."""

    @gn.run_hookimpl(trylast=True)
    def restore_state(self, run: gn.Run, state: dict[str, Any]) -> None:
        """Go on where the ranks were; what is saved from here on is the state of one process."""
        run.batch_in_epoch = vars(run.state_of(self)).pop("batches_of_ranks", run.batch_in_epoch)
