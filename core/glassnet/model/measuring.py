"""Measuring: what the outputs of a network are, for metrics that are told it and given batches."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from glassnet.errors import warn
from glassnet.types import Array

if TYPE_CHECKING:
    from glassnet.components.loss import Loss
    from glassnet.components.metric import Metric


def outputs_of(members: Sequence[Any]) -> tuple[str, tuple[float, float]]:
    """Return what the last of some layers and activations gives, and between which bounds.

    Returns
    -------
    are
        In the words of `Layer.outputs`; ``"log_distribution"`` for logarithms of a distribution; ``"inputs"`` if
        all layers give what they are given.
    output_range
        As `Layer.output_range`.
    """
    for member in reversed(members):
        are = "log_distribution" if member.gives_log_probabilities else member.output_type
        if are != "inputs":
            return are, member.output_range
    return "inputs", (-math.inf, math.inf)


def meaning_for(loss: Loss, members: Sequence[Any]) -> str:
    """Return what metrics are told of the outputs: what the loss takes them for, else what the last layer makes them.

    Returns
    -------
    str
        ``"logits"``, or one of the words of `Layer.outputs`.
    """
    if loss.prediction_type != "values":
        return loss.prediction_type
    are, _ = outputs_of(members)
    return "values" if are == "inputs" else are


class Measuring:
    """Counts batches in the metrics of one network and one loss.

    Parameters
    ----------
    outputs_are
        What the network's outputs are; see `Metric.outputs_are`.
    """

    def __init__(self, outputs_are: str) -> None:
        self._outputs_are = outputs_are
        self._warned: set[str] = set()

    def fresh(self, metrics: Iterable[Metric]) -> dict[str, Metric]:
        """Return a started copy of each metric by the name under which it is reported."""
        return {repr(metric): metric.fresh(self._outputs_are) for metric in metrics}

    def add(self, metrics: Mapping[str, Metric], y: Array, predictions: Array, sample_weight: Array | None) -> None:
        """Take one batch into account in started metrics."""
        for name, metric in metrics.items():
            if sample_weight is None:
                metric.update(y, predictions)
            elif metric.takes_weights:
                metric.update(y, predictions, sample_weight=sample_weight)
            else:
                self._warn_once(name)
                metric.update(y, predictions)

    def _warn_once(self, name: str) -> None:
        if name not in self._warned:
            self._warned.add(name)
            problem = f"the metric {name} takes no sample weights, so all samples count alike in it"
            warn(f"{problem}; give its update() a parameter sample_weight")
