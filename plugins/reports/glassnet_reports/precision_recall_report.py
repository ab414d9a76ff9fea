"""The report precision_recall: precision over recall at every threshold."""

from __future__ import annotations

import os

import numpy as np
from matplotlib.figure import Figure

from glassnet.types import Array
from glassnet_reports.colors import BLUE, FAINT
from glassnet_reports.plots import mark_thresholds, new_figure, save_figure, style
from glassnet_reports.report import Report
from glassnet_reports.threshold_curves import average_precision, best_f1_threshold, precision_recall_curve


class PrecisionRecallReport(Report):
    """Draws the precision over the recall of a binary classification, at every threshold.

    The threshold in use is marked, and the one with the best F1. The dashed line is what guesses reach.
    """

    def of(
        self,
        true: Array,
        scores: Array,
        threshold: float = 0.5,
        name: str = "1",
        path: str | os.PathLike[str] | None = None,
    ) -> Figure:
        precision, recall, thresholds = precision_recall_curve(true, scores)
        figure = new_figure(4.8, 4.6)
        panel = figure.subplots()
        panel.axhline(float(np.mean(true)), color=FAINT, linewidth=1, linestyle="--")
        panel.step(np.append(0, recall), np.append(precision[:1], precision), where="pre", color=BLUE)
        mark_thresholds(panel, recall, precision, thresholds, in_use=threshold, best=best_f1_threshold(true, scores))
        mean = average_precision(precision, recall)
        style(panel, title=f"Precision and recall of {name}: average {mean:.3f}")
        panel.set_xlabel(f"recall: part of all {name} that is found", fontsize=9)
        panel.set_ylabel(f"precision: part of the found that is {name}", fontsize=9)
        panel.set(xlim=(-0.02, 1.02), ylim=(-0.02, 1.02), aspect="equal")
        panel.legend(frameon=False, labelcolor=FAINT, fontsize=9, loc="lower left")
        if path is not None:
            save_figure(figure, path)
        return figure
