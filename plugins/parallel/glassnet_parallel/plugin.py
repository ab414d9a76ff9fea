"""The plugin: a run computes with one BLAS thread, and notes the number of threads that share the work."""

from __future__ import annotations

from functools import cache
from typing import Any

import glassnet as gn


@gn.hookimpl
def glassnet_default_callbacks(config: Any) -> list[gn.Callback]:
    """Limit BLAS to one thread in each run."""
    return [_callback()]


@cache
def _callback() -> gn.Callback:
    # What it remembers is in the run, so one serves all runs.
    from glassnet_parallel.limit import BlasLimit

    return BlasLimit()
