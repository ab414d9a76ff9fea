"""The figures of a run: loss, metrics, and what callbacks report, batch by batch and epoch by epoch."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any, NoReturn

import numpy as np

from glassnet.components.attributes import ExplainsAttributes
from glassnet.errors import FixedError, OptionError, UnknownNameError
from glassnet.registry.plugins import did_you_mean
from glassnet.run.config import FitConfig
from glassnet.run.run_batch import RunBatch
from glassnet.run.run_settings import fixed

_FIXED = "a history cannot be changed; keep values of your own beside it: dict(history)"


def _unknown_figure(figure: object, known: list[str]) -> UnknownNameError:
    listed = ", ".join(known) or "none yet"
    return UnknownNameError(f"no figure {figure!r}{did_you_mean(str(figure), known)} (recorded: {listed})")


class Figures(dict[str, Any]):
    """Figures by name. The error for another name says which figures there are."""

    def __missing__(self, figure: object) -> NoReturn:
        raise _unknown_figure(figure, list(self))


class History(ExplainsAttributes, Mapping[str, list[float]]):
    """A mapping from a figure's name, such as ``"val_loss"``, to its values, one an epoch."""

    _methods = "History."

    if TYPE_CHECKING:

        def __getattr__(self, name: str) -> Any:
            """Return a method that a plugin gives, such as ``plot``."""

    def __init__(self) -> None:
        self._epochs: list[dict[str, float]] = []

    def append(self, logs: Mapping[str, float]) -> None:
        """Add one epoch."""
        self._epochs.append(dict(logs))

    def amend(self, figure: str, value: float) -> None:
        """Add a figure to the last epoch."""
        self._epochs[-1][figure] = value

    @property
    def epochs(self) -> list[dict[str, float]]:
        """The epochs so far, each as a mapping from figure to value."""
        return [dict(epoch) for epoch in self._epochs]

    def __getitem__(self, figure: str) -> list[float]:
        if figure not in (known := list(self)):
            raise _unknown_figure(figure, known)
        return [epoch.get(figure, float("nan")) for epoch in self._epochs]

    def __setitem__(self, figure: str, values: Any = None) -> NoReturn:
        raise FixedError(_FIXED)

    __delitem__ = __setitem__

    def __iter__(self) -> Iterator[str]:
        return iter(dict.fromkeys(figure for epoch in self._epochs for figure in epoch))

    def __len__(self) -> int:
        return len(list(iter(self)))

    def __repr__(self) -> str:
        last = ", ".join(f"{name}={value:.4g}" for name, value in self._epochs[-1].items()) if self._epochs else ""
        return f"<History of {len(self._epochs)} epochs: {last}>"


class RunFigures(RunBatch):
    """A run with its figures.

    Attributes
    ----------
    batch_loss
        The loss of this step, penalties included.
    metrics
        The metrics of this epoch by the name under which they are reported.
    reported
        The figures that callbacks reported in this epoch; see `report`.
    """

    def __init__(self, config: FitConfig) -> None:
        super().__init__(config)
        self.batch_loss = math.nan
        self.total_loss = 0.0
        self.total_weight = 0.0
        self.reported: dict[str, float] = {}
        self._logs: dict[str, float] | None = {}
        self._history = History()
        self._epoch_is_complete = False

    @fixed("a run", "report figures by run.report(name, value)")
    def history(self) -> History:
        """The figures of the epochs before."""
        return self._history

    @property
    def logs(self) -> dict[str, float]:
        """The figures of this epoch so far, by name; computed where somebody reads them, once after each step.

        Some metrics take longer than a step.
        """
        if self._logs is None:
            self._logs = self.compute_logs()
        return self._logs

    @logs.setter
    def logs(self, figures: dict[str, float]) -> None:
        self._logs = figures

    def compute_logs(self) -> dict[str, float]:
        """Return the loss, the metrics and what callbacks reported of the epoch so far."""
        loss = self.total_loss / self.total_weight if self.total_weight else math.nan
        measured = scalars_only({name: metric.compute() for name, metric in self.metrics.items()})
        return Figures({"loss": loss, **measured, **self.reported})

    def report(self, name: str, value: float) -> None:
        """Add a figure to those of the epoch: it is in `logs`, shown, and in the history and its files.

        The last value of an epoch counts. In `on_epoch_end` it still belongs to the epoch that has just ended.

        Raises
        ------
        OptionError
            If the name is that of the loss, a metric or a validation figure, or the value is not a number.
        """
        if name == "loss" or name in self.metrics or name.startswith("val_"):
            raise OptionError(f"run.report: the name {name!r} is that of a figure of the run; choose another name")
        try:
            figure = float(value)
        except (TypeError, ValueError):
            raise OptionError(f"run.report: {name!r} must be a number, got {value!r}") from None
        self.reported[name] = figure
        self.logs[name] = figure
        if self._epoch_is_complete:
            self._history.amend(name, figure)

    def end_epoch(self) -> None:
        """Put the figures of the epoch into the history."""
        self._history.append(self.logs)
        self.epoch += 1
        self.batch_in_epoch = 0
        self._epoch_is_complete = True

    def start_epoch(self) -> None:
        """Set the totals of the epoch to zero."""
        self.total_loss = self.total_weight = 0.0
        self.reported = {}
        self._epoch_is_complete = False
        self._network.counts.epochs += 1
        for metric in self.metrics.values():
            metric.reset()

    def count_loss(self, loss: float) -> None:
        """Count the loss of a batch; a short last batch counts for as many samples as it has."""
        self.batch_loss = loss
        weight = self._counted_weight or self.batch_weight
        self._counted_weight = 0.0
        self.total_loss += loss * weight
        self.total_weight += weight
        self._logs = None


def scalars_only(measured: dict[str, Any]) -> dict[str, float]:
    """Return the figures that are numbers, alone in an array too: a history has no place for matrices."""
    numbers = {name: value for name, value in measured.items() if math.prod(getattr(value, "shape", ())) == 1}
    return {name: float(np.asarray(value - 0.0).item()) for name, value in numbers.items()}
