"""Figures that are not finite: which they are, and why."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

import glassnet as gn
from glassnet.errors import warn
from glassnet_divergence.finite import first_not_finite


def undefined(
    metrics: Iterable[gn.Metric], figures: Mapping[str, Any], prefix: str = ""
) -> Iterator[tuple[str, gn.Metric]]:
    """Yield each figure that is NaN, and its metric."""
    for metric in metrics:
        value = figures.get(f"{prefix}{metric!r}")
        if isinstance(value, float) and math.isnan(value):
            yield f"{prefix}{metric!r}", metric


def warn_of_undefined(figure: str, metric: gn.Metric, when: str = "") -> None:
    """Warn of a metric that is NaN though the loss is finite, and say what it needs."""
    advice = metric.undefined or "see which batches its compute() can say nothing of"
    warn(f"{figure} is nan{when}, and the loss is finite: {advice}")


def warn_of_figures(network: gn.Network, metrics: Iterable[gn.Metric], figures: Mapping[str, Any]) -> None:
    """Warn of a loss that is not finite, or else of each metric that is NaN."""
    loss = figures["loss"]
    if math.isfinite(loss):
        for figure, metric in undefined(metrics, figures):
            warn_of_undefined(figure, metric)
    elif (bad := first_not_finite(network)) is not None:
        warn(f"the loss is {loss} and {bad}; the network has diverged: train it again, or load another")
    else:
        warn(
            f"the loss is {loss}, and all parameters are finite; see if the data are scaled as those of the training, "
            "and what the loss gives for outputs of 0"
        )
