"""The report history: the curves of a run."""

from __future__ import annotations

import os
from collections.abc import Mapping

from matplotlib.figure import Figure

from glassnet_reports.plots import draw_history, save_figure
from glassnet_reports.report import Report


class HistoryReport(Report):
    """Draws the curves of every figure of a history, training beside validation."""

    def of(self, history: Mapping[str, list[float]], path: str | os.PathLike[str] | None = None) -> Figure:
        figure = draw_history(history)
        if path is not None:
            save_figure(figure, path)
        return figure
