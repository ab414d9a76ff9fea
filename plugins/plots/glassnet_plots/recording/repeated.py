"""The recording of a run that was trained without one: it is trained again from its seed."""

from __future__ import annotations

from pathlib import Path

import numpy as np

import glassnet as gn
from glassnet_commands.repeated_run import repeat_training
from glassnet_commands.saved_run import open_saved
from glassnet_persistence.run_files import RECORDING
from glassnet_plots.recording.record import RECORDINGS, Record


def record_again(run: Path) -> None:
    """Train a run again, and put the recording into its folder.

    Raises
    ------
    ResumeError
        If the training does not lead to the recorded network, as on another processor.
    """
    network, *_ = repeat_training(run, Record())
    if not np.array_equal(network.flat_parameters, open_saved(run).network.flat_parameters):
        raise gn.ResumeError(
            f"the training in {run} leads to another network when it is repeated: it was broken off or continued, or "
            "computed elsewhere; train it anew with --record"
        )
    gn.atomic_write(run / RECORDING, RECORDINGS[network].as_bytes())
