"""The plugin: threads that share the kernel's work. Its modules are imported at the first pass, not before."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import Any

import glassnet as gn


@gn.hookimpl
def glassnet_hookspecs() -> Any:
    """Return the hook `glassnet_nonfinite_outputs`."""
    from glassnet_parallel.hooks import PredictionHooks

    return PredictionHooks


@gn.hookimpl
def glassnet_executor() -> Any:
    """Return the pool of threads."""
    from glassnet_parallel.thread_executor import ThreadExecutor

    return ThreadExecutor()


@gn.hookimpl
def glassnet_predictor() -> Callable[..., gn.Array]:
    """Return what predicts many samples, with several threads."""
    from glassnet_parallel.prediction import predict

    return predict


@gn.hookimpl
def glassnet_microbatches(network: Any) -> Any:
    """Return what runs large batches in parts."""
    from glassnet_parallel.microbatches import Microbatches

    return Microbatches(network)


@gn.hookimpl
def glassnet_default_callbacks(config: Any) -> list[gn.Callback]:
    """Limit BLAS to one thread in each run."""
    return [_callback()]


@cache
def _callback() -> gn.Callback:
    # What it remembers is in the run, so one serves all runs.
    from glassnet_parallel.limit import BlasLimit

    return BlasLimit()
