"""The base class of metrics."""

from __future__ import annotations

import copy
from collections.abc import Sequence
from typing import ClassVar, TypeVar

from glassnet.arrays import Array
from glassnet.component import Component

AnyMetric = TypeVar("AnyMetric", bound="Metric")


class Metric(Component):
    """A figure over a whole pass of predictions, not a mean of batch means.

    Totals are kept on the instance between `start` and `result`. The framework never counts on an instance
    that it was given: each pass has a copy of its own, so one instance serves any number of networks.

    Attributes
    ----------
    higher_is_better
        Which way is better, for callbacks that look for the best epoch; None where neither is.
    targets_are
        The forms of targets that it takes, in the words of `Loss.targets_are`. Outputs are of the same form; for
        labels, a distribution.
    """

    kind = "metric"
    higher_is_better: ClassVar[bool | None] = None
    targets_are: ClassVar[Sequence[str]] = ("values",)
    frozen = False
    # Components are frozen; the totals of a metric are what may be set.
    __setattr__ = object.__setattr__

    def start(self) -> None:
        """Set the totals to zero."""
        raise NotImplementedError(f"{type(self).__name__} needs start()")

    def update(self, y_true: Array, y_pred: Array) -> None:
        """Take one batch into account: targets as the loss takes them, and the network's outputs."""
        raise NotImplementedError(f"{type(self).__name__} needs update()")

    def result(self) -> float | Array:
        """Return the figure over all batches since `start`.

        An array, such as a confusion matrix, is what `Network.evaluate` gives; a history holds numbers only.
        """
        raise NotImplementedError(f"{type(self).__name__} needs result()")

    def started(self: AnyMetric) -> AnyMetric:
        """Return a copy of this metric that has been started."""
        fresh = copy.copy(self)
        fresh.start()
        return fresh
