"""The report roc: hits over false alarms at every threshold."""

from __future__ import annotations

import os

from matplotlib.figure import Figure

from glassnet.types import Array
from glassnet_reports.colors import BLUE, FAINT
from glassnet_reports.plots import mark_thresholds, new_figure, save_figure, style
from glassnet_reports.report import Report
from glassnet_reports.threshold_curves import area_under, best_f1_threshold, roc_curve


class RocReport(Report):
    """Draws the rate of hits over the rate of false alarms of a binary classification, at every threshold.

    The threshold in use is marked, and the one with the best F1. The diagonal is what guesses reach.
    """

    def of(
        self,
        true: Array,
        scores: Array,
        threshold: float = 0.5,
        name: str = "1",
        path: str | os.PathLike[str] | None = None,
    ) -> Figure:
        false_alarms, hits, thresholds = roc_curve(true, scores)
        figure = new_figure(4.8, 4.6)
        panel = figure.subplots()
        panel.plot([0, 1], [0, 1], color=FAINT, linewidth=1, linestyle="--")
        panel.plot(false_alarms, hits, color=BLUE)
        panel.fill_between(false_alarms, hits, color=BLUE, alpha=0.08, linewidth=0)
        mark_thresholds(panel, false_alarms, hits, thresholds, in_use=threshold, best=best_f1_threshold(true, scores))
        area = area_under(false_alarms, hits)
        style(panel, title=f"ROC of {name}: area {area:.3f}", xlabel="false alarms: part of all others")
        panel.set_ylabel(f"hits: part of all {name}", fontsize=9)
        panel.set(xlim=(-0.02, 1.02), ylim=(-0.02, 1.02), aspect="equal")
        panel.legend(frameon=False, labelcolor=FAINT, fontsize=9, loc="lower right")
        if path is not None:
            save_figure(figure, path)
        return figure
