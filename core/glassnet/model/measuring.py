"""Measuring: metrics are told what the outputs are, and given batches."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING

from glassnet.errors import warn
from glassnet.types import Array

if TYPE_CHECKING:
    from glassnet.components.metric import Metric


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
