"""Metrics of a step of all ranks: each rank counts its batch, and the totals of all of them are put together.

A metric whose totals cannot be merged counts the samples of all ranks on each rank.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

import glassnet as gn
from glassnet.components.metric import Measuring, Metric
from glassnet.model.mask import at_real_steps, weights_of_steps
from glassnet.types import Array
from glassnet_distributed.communicator import Communicator

# Sums in float32 are this close to the whole numbers that they stand for.
_ROUNDING = 1e-6


class JointMetrics:
    """The metrics of a run: those whose totals are added up in the step's vector, and those that are merged beside it.

    Made at the first step, when the shapes of the totals are known; ranks agree on them.
    """

    def __init__(self, counted: Mapping[str, Metric], ranks: Communicator) -> None:
        self._ranks = ranks
        mine = {name: _layout(metric) for name, metric in counted.items()}
        layouts = ranks.gather(mine)
        self._added = [name for name in mine if mine[name] and all(each[name] == mine[name] for each in layouts)]
        self._gathered = [name for name in mine if name not in self._added]
        self.size = sum(values.size for name in self._added for values in _totals(counted[name]).values())

    def totals(self, counted: Mapping[str, Metric]) -> Array:
        """Return the totals that are added up, one after another."""
        arrays = [np.asarray(each).reshape(-1) for name in self._added for each in vars_of(counted[name]).values()]
        return np.concatenate([np.empty(0), *arrays])

    def merge(self, into: Mapping[str, Metric], counted: Mapping[str, Metric], sums: Array, *, is_idle: bool) -> None:
        """Count the batches of all ranks in the metrics of the run."""
        start = 0
        for name in self._added:
            start += _put(counted[name], sums[start:])
            into[name].merge(counted[name])
        for name in self._gathered:
            for theirs in self._ranks.gather(None if is_idle else vars_of(counted[name])):
                if theirs is not None:
                    merge_totals(into[name], theirs)


Counted = tuple[Array, Array, Array | None]
"""Targets, predictions and weights that metrics count."""


def count_batch(run: gn.Run, *, is_idle: bool) -> tuple[dict[str, Metric], Counted | None]:
    """Return mergeable metrics, fresh, with the rank's batch counted; and the batch, if others are to count it."""
    counted = run.objective.measuring.fresh(each for each in run.options.metrics if each.mergeable)
    if not run.options.metrics:
        return counted, None
    y, mask = run.lent_batch[1], run.objective.mask
    predictions = at_real_steps(mask, run.objective.activate(run.evaluation.outputs))
    weights = None if is_idle else weights_of_steps(mask, run.metric_weights)
    batch = at_real_steps(mask, y), predictions, weights
    run.objective.measuring.add(counted, *batch)
    return counted, None if is_idle else batch


def count_all(into: Mapping[str, Metric], batch: Counted | None, measuring: Measuring, ranks: Communicator) -> None:
    """Have the metrics that cannot be merged count the batches of all ranks."""
    others = {name: metric for name, metric in into.items() if not metric.mergeable}
    if others:
        for theirs in ranks.gather(batch):
            if theirs is not None:
                measuring.add(others, *theirs)


def merge_totals(metric: Metric, totals: Mapping[str, Any]) -> None:
    """Add the totals of a metric on another rank, as `vars_of` returns them."""
    other = metric.fresh(metric.outputs_are)
    vars(other).update(totals)
    metric.merge(other)


def vars_of(metric: Metric) -> dict[str, Any]:
    """Return the totals of a metric by name."""
    return {name: each for name, each in vars(metric).items() if name not in metric.options and name != "outputs_are"}


def _totals(metric: Metric) -> dict[str, Array]:
    return {name: np.asarray(each) for name, each in vars_of(metric).items()}


def _layout(metric: Metric) -> list[tuple[str, tuple[int, ...]]] | None:
    """Return names and shapes of totals that can be added up; None if the metric joins them in another way."""
    if type(metric).merge is not Metric.merge:
        return None
    totals = vars_of(metric)
    if not all(isinstance(each, (int, float, np.ndarray, np.generic)) for each in totals.values()):
        return None
    return [(name, np.shape(each)) for name, each in totals.items()]


def _put(metric: Metric, sums: Array) -> int:
    """Put sums into a metric, in the types of its totals; return how many were taken."""
    start = 0
    for name, total in vars_of(metric).items():
        like = np.asarray(total)
        taken = sums[start : start + like.size].astype(np.float64).reshape(like.shape)
        # A count stays one, and so it does on a rank whose own batch has no weights, or no samples.
        taken = np.where(np.abs(taken - np.rint(taken)) <= _ROUNDING * np.abs(taken), np.rint(taken), taken)
        is_count = like.dtype.kind in "iub" and bool((taken == np.rint(taken)).all())
        taken = taken.astype(like.dtype) if is_count and like.dtype.kind != "b" else taken
        setattr(metric, name, taken if isinstance(total, np.ndarray) else taken.item())
        start += like.size
    return start
