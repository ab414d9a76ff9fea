"""The hook by which plugins see the results of a training from the command line."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import glassnet as gn


class CommandHooks:
    """The hook of this plugin."""

    @gn.hookspec
    def glassnet_run_recorded(self, folder: Path, callbacks: Iterable[gn.Callback], summary: Mapping[str, Any]) -> None:
        """Called when ``glassnet train`` has written everything, also of a run that has diverged.

        Parameters
        ----------
        folder
            The folder of the run.
        callbacks
            Those of the experiment.
        summary
            The contents of ``summary.json``.
        """
