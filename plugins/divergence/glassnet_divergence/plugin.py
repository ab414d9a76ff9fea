"""The plugin: a run stops at the first value that is not finite."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
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


@gn.hookimpl
def glassnet_check_figures(network: Any, metrics: Sequence[gn.Metric], figures: Mapping[str, Any]) -> None:
    """Warn of a loss that is not finite, and of metrics that are NaN."""
    if any(isinstance(figure, float) and not math.isfinite(figure) for figure in figures.values()):
        from glassnet_divergence.figures import warn_of_figures

        warn_of_figures(network, metrics, figures)


@cache
def _callback() -> gn.Callback:
    # What it remembers is in the run, so one serves all runs.
    from glassnet_divergence.callback import DivergenceWatch

    return DivergenceWatch()
