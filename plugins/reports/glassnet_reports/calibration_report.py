"""The report calibration: whether probabilities are right."""

from __future__ import annotations

import os

from matplotlib.figure import Figure

from glassnet.types import Array
from glassnet_reports.colors import BLUE, FAINT, ORANGE
from glassnet_reports.plots import new_figure, save_figure, style
from glassnet_reports.report import Report
from glassnet_reports.threshold_curves import brier_score, calibration_curve

_BINS = 10


class CalibrationReport(Report):
    """Draws how often a class is true beside the probability that was given to it, in ten bins.

    On the diagonal, samples with a probability of 70 % are of the class in 70 of 100 cases. Above it the probability is
    too small. The lower panel counts the samples of each bin, and marks the threshold.
    """

    def of(
        self,
        true: Array,
        probabilities: Array,
        threshold: float = 0.5,
        name: str = "1",
        path: str | os.PathLike[str] | None = None,
    ) -> Figure:
        means, shares, _ = calibration_curve(true, probabilities, _BINS)
        figure = new_figure(4.8, 5.2)
        upper, lower = figure.subplots(2, 1, height_ratios=(3, 1), sharex=True)
        upper.plot([0, 1], [0, 1], color=FAINT, linewidth=1, linestyle="--")
        upper.plot(means, shares, color=BLUE, marker="o", markersize=5)
        upper.set(xlim=(-0.02, 1.02), ylim=(-0.02, 1.02))
        style(upper, title=f"Calibration of {name}: Brier score {brier_score(true, probabilities):.3f}")
        upper.set_ylabel(f"share of {name}", fontsize=9)
        lower.hist(probabilities, bins=_BINS, range=(0, 1), color=BLUE, alpha=0.6)
        lower.axvline(threshold, color=ORANGE, linewidth=1.2, label=f"threshold {threshold:.2f}")
        style(lower, xlabel=f"probability of {name}", ylabel="samples")
        lower.legend(labelcolor=FAINT, fontsize=9, loc="upper center", edgecolor="none")
        if path is not None:
            save_figure(figure, path)
        return figure
