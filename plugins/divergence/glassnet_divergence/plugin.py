"""The plugin: a run stops at the first value that is not finite."""

from __future__ import annotations

from functools import cache
from typing import Any

import glassnet as gn


@gn.hookimpl
def glassnet_default_callbacks(config: Any) -> list[gn.Callback]:
    """Watch over each run."""
    return [_callback()]


@cache
def _callback() -> gn.Callback:
    # What it remembers is in the run, so one serves all runs.
    from glassnet_divergence.callback import DivergenceWatch

    return DivergenceWatch()
