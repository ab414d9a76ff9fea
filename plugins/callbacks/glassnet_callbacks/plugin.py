"""The plugin: progress is shown where somebody sees it, and an interruption in a notebook is one sentence."""

from __future__ import annotations

import sys
from typing import Any

import glassnet as gn


@gn.hookimpl
def glassnet_default_callbacks(config: Any) -> list[gn.Callback]:
    """Show progress if it is wanted, by default on a terminal and in a notebook, and no listed callback does it.

    In a notebook an interruption is shown as one sentence.
    """
    from glassnet_terminal.notebook import in_notebook
    from glassnet_terminal.standard_error import is_terminal

    return [*_progress(config, is_terminal(sys.stderr) or in_notebook()), *_interruption(in_notebook())]


def _progress(config: Any, is_seen: bool) -> list[gn.Callback]:
    if not (is_seen if config.progress is None else config.progress):
        return []
    progress: gn.Callback = gn.create("callback", "progress")
    return [] if any(type(each) is type(progress) for each in config.options.callbacks) else [progress]


def _interruption(is_notebook: bool) -> list[gn.Callback]:
    if not is_notebook:
        return []
    from glassnet_callbacks.interruption import Interruption

    return [Interruption()]
