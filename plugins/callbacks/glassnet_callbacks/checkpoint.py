"""Save the state of a run while it goes, so that a break costs no more than the steps since then."""

from __future__ import annotations

import glassnet as gn


class Checkpoint(gn.Callback):
    """Writes the run's whole state to its folder, at a fixed number of steps or epochs.

    A run that was broken off, even by a power cut, is continued from there with ``fit(resume_from=folder)`` or
    ``glassnet train --resume FOLDER``, to the same bytes as without the break. A run with a folder saves its state
    every few seconds without this callback, between epochs; it is for long epochs, and for exact intervals.

    The file is replaced as a whole: at any moment it holds one complete state.

    Raises
    ------
    OptionError
        When the run has no folder.
    """

    only_watches = True

    steps: int | None = gn.option(None, ge=1, help="save after this many steps; by default after epochs")
    epochs: int = gn.option(1, ge=1, help="save after this many epochs, where `steps` is not given")

    def on_run_start(self, run: gn.Run) -> None:
        if run.folder is None:
            raise gn.OptionError("checkpoint: the run has no folder to save to; give fit(folder=…)")

    # Last, so that what other callbacks remember of this step or epoch is saved too.
    @gn.run_hookimpl(trylast=True)
    def on_batch_end(self, run: gn.Run) -> None:
        if self.steps is not None and run.step % self.steps == 0:
            run.save_state()

    @gn.run_hookimpl(trylast=True)
    def on_epoch_end(self, run: gn.Run) -> None:
        if self.steps is None and run.epoch % self.epochs == 0:
            run.save_state()
