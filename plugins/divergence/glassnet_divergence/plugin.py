"""The plugin: a run stops at the first value that is not finite."""

from __future__ import annotations

from functools import cache
from typing import Any

import glassnet as gn


@gn.hookimpl
def glassnet_default_callbacks(config: Any) -> list[gn.Callback]:
    """Watch over each run."""
    return [_callback()]


@gn.hookimpl(optionalhook=True)
def glassnet_nonfinite_outputs(network: Any) -> None:
    """Warn of a network that holds NaN or infinity."""
    from glassnet_divergence.finite import first_not_finite

    if (bad := first_not_finite(network)) is not None:
        gn.warn(f"{bad}, so outputs are NaN or infinite; the network has diverged: train it again, or load another")


@cache
def _callback() -> gn.Callback:
    # What it remembers is in the run, so one serves all runs.
    from glassnet_divergence.callback import DivergenceWatch

    return DivergenceWatch()
