"""The plugin: trackers are told what a training from the command line has found at its end."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import glassnet as gn


@gn.hookimpl(optionalhook=True)
def glassnet_run_recorded(folder: Path, callbacks: Iterable[gn.Callback], summary: Mapping[str, Any]) -> None:
    """Tell each tracker of the run."""
    from glassnet_trackers.tracker import Tracker

    for each in callbacks:
        if isinstance(each, Tracker):
            try:
                each.record(folder, summary)
            except Exception as error:  # the run is finished, and its folder holds all of it
                gn.warn(f"{each.title()} could not send the results ({type(error).__name__}: {error}); see {folder}")
