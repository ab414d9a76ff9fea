"""The plugin: a run computes with one BLAS thread, and notes the number of threads that share the work."""

from __future__ import annotations

from typing import Any

import glassnet as gn


@gn.hookimpl
def glassnet_default_callbacks(config: Any) -> list[gn.Callback]:
    """Limit BLAS to one thread in each run."""
    from glassnet_parallel.limit import BlasLimit

    return [BlasLimit()]
