"""The plot curves: every figure of a history, epoch by epoch."""

from __future__ import annotations

from typing import TYPE_CHECKING

import glassnet as gn
from glassnet_plots.plot import Numbers, Plot
from glassnet_plots.subject import Subject

if TYPE_CHECKING:
    from matplotlib.figure import Figure


class Curves(Plot):
    """The loss and the metrics of each epoch, training beside validation."""

    def measure(self, subject: Subject) -> Numbers:
        figures = {name: list(values) for name, values in subject.history.items() if name != "epoch"}
        if not any(figures.values()):
            raise gn.OptionError("no epoch is complete, so there are no curves; train for one epoch or more")
        return figures

    def draw(self, numbers: Numbers, frame: int) -> Figure:
        from glassnet_reports.plots import draw_history

        return draw_history(numbers)
