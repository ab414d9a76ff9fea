"""The base class of metrics; they are told what the outputs of a network are, and given batches."""

from __future__ import annotations

import copy
import inspect
import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import lru_cache
from typing import TYPE_CHECKING, Any, ClassVar, Self, TypeVar

import numpy as np

from glassnet.components.component import Component
from glassnet.errors import warn
from glassnet.types import Array

if TYPE_CHECKING:
    from glassnet.components.loss import Loss


AnyMetric = TypeVar("AnyMetric", bound="Metric")


class Metric(Component):
    """A figure over a whole pass of predictions, not a mean of batch means.

    Totals are kept on the instance between `reset` and `compute`. The framework never counts on an instance
    that it was given. Each pass has a copy of its own, so one instance serves any number of networks.

    Attributes
    ----------
    higher_is_better
        Which way is better, for callbacks that look for the best epoch; None where neither is.
    target_types
        The forms of targets that it takes, in the words of `Loss.target_types`. Outputs are of the same form; for
        labels, a distribution.
    mergeable
        Whether `merge` is right for its totals: they add up, or the class has a `merge` of its own.
    undefined
        What batches `compute` needs to return a number and not NaN, for the warning: ``"it needs two classes"``.
    outputs_are
        What `y_pred` is in this pass: ``"logits"`` if the loss takes logits, else in the words of
        `Layer.output_type`. The framework sets it on the copy that counts. Yes begins above 0 for logits, and
        above 0.5 for probabilities.
    """

    kind = "metric"
    higher_is_better: ClassVar[bool | None] = None
    target_types: ClassVar[Sequence[str]] = ("values",)
    mergeable: ClassVar[bool] = False
    undefined: ClassVar[str] = ""
    # Not an option: an annotation would make it one.
    outputs_are = "values"
    frozen = False
    # Components are frozen; the totals of a metric are what may be set.
    __setattr__ = object.__setattr__

    def reset(self) -> None:
        """Set the totals to zero."""
        raise NotImplementedError(f"{type(self).__name__} needs reset()")

    def update(self, y_true: Array, y_pred: Array, sample_weight: Array | None = None) -> None:
        """Take one batch into account.

        Parameters
        ----------
        y_true, y_pred
            Targets as the loss takes them, and the network's outputs. The framework writes to neither again.
        sample_weight
            How much each sample counts, ``(batch,)``, or None if all count alike. A metric may leave this parameter
            out: it then counts all samples alike, and the framework warns if they have weights.
        """
        raise NotImplementedError(f"{type(self).__name__} needs update()")

    def compute(self) -> float | Array:
        """Return the figure over all batches since `reset`.

        An array, such as a confusion matrix, is what `Network.evaluate` gives; a history holds numbers only.
        """
        raise NotImplementedError(f"{type(self).__name__} needs compute()")

    def merge(self, other: Self) -> None:
        """Add the totals of another copy of this metric, which counted other batches, to those of this one.

        Numbers and arrays are added, and lists are joined. A metric whose totals are anything else, such as a mean and
        a spread, overrides this method. It is called if the metric is `mergeable`.
        """
        for name, theirs in vars(other).items():
            if name not in self.options and name != "outputs_are":
                mine = getattr(self, name)
                # An array that is empty belongs to a metric that has counted nothing.
                is_new = isinstance(mine, np.ndarray) and (mine.size == 0 or np.size(theirs) == 0)
                setattr(self, name, (theirs if mine.size == 0 else mine) if is_new else mine + theirs)

    @property
    def takes_weights(self) -> bool:
        """Whether `update` has a parameter `sample_weight`."""
        return "sample_weight" in _signature(type(self).update).parameters

    def fresh(self: AnyMetric, outputs_are: str = "values") -> AnyMetric:
        """Return a copy of this metric that has been started, for outputs of this meaning."""
        fresh = copy.copy(self)
        fresh.outputs_are = outputs_are
        fresh.reset()
        return fresh


_signature = lru_cache(inspect.signature)


def outputs_of(members: Sequence[Any]) -> tuple[str, tuple[float, float]]:
    """Return what the last of some layers and activations gives, and between which bounds.

    Returns
    -------
    are
        In the words of `Layer.output_type`; ``"log_distribution"`` for logarithms of a distribution; ``"inputs"`` if
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
        ``"logits"``, or one of the words of `Layer.output_type`.
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
