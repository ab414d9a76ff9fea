"""Measuring: metrics are told what the outputs are, and given batches."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
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
    in_units
        Returns outputs, or targets, in the units of the rows that the network was trained on; None changes nothing.
    """

    def __init__(self, outputs_are: str, in_units: Callable[[Array], Array] | None = None) -> None:
        self._outputs_are = outputs_are
        self._in_units = in_units
        self._warned: set[str] = set()

    def fresh(self, metrics: Iterable[Metric]) -> dict[str, Metric]:
        """Return a started copy of each metric by the name under which it is reported."""
        return {repr(metric): metric.fresh(self._outputs_are) for metric in metrics}

    def add(self, metrics: Mapping[str, Metric], y: Array, predictions: Array, sample_weight: Array | None) -> None:
        """Take one batch into account in started metrics."""
        if self._in_units is not None and metrics:
            y, predictions = self._in_units(y), self._in_units(predictions)
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
