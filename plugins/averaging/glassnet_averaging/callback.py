"""The callback that puts the outcome of a run into its network."""

from __future__ import annotations

from collections.abc import Generator

import glassnet as gn
from glassnet_averaging.outcome import outcome_of_run


class LeaveOutcome(gn.Callback):
    """Validates with the parameters that the run would leave, and leaves them when it ends.

    ``run.last_vector`` has those that training goes on from.
    """

    @gn.run_hookimpl(wrapper=True)
    def complete_epoch(self, run: gn.Run) -> Generator[None, bool, bool]:
        """Exchange the parameters while the epoch is measured."""
        vector = run.network.flat_parameters
        if _exchanged(run):
            try:
                return (yield)
            finally:
                vector[:] = run.last_vector
                run.last_vector = None
        return (yield)

    def on_train_end(self, run: gn.Run) -> None:
        """Exchange the parameters for good."""
        _exchanged(run)


def _exchanged(run: gn.Run) -> bool:
    """Put the outcome into the network, and return whether it is different from what is there."""
    outcome = outcome_of_run(run)
    if outcome is None:
        return False
    vector = run.network.flat_parameters
    run.last_vector = vector.copy()
    vector[:] = outcome
    return True
