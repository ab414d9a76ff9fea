"""The plugin: progress is shown where somebody sees it."""

from __future__ import annotations

import sys
from typing import Any

import glassnet as gn


@gn.hookimpl
def glassnet_default_callbacks(config: Any) -> list[gn.Callback]:
    """Show progress if it is wanted, by default on a terminal and in a notebook, and no listed callback does it."""
    from glassnet_terminal.notebook import in_notebook
    from glassnet_terminal.standard_error import is_terminal

    wanted = is_terminal(sys.stderr) or in_notebook() if config.progress is None else config.progress
    if not wanted:
        return []
    progress: gn.Callback = gn.create("callback", "progress")
    return [] if any(type(each) is type(progress) for each in config.options.callbacks) else [progress]
