"""The report residuals: the answers of a regression beside the truth."""

from __future__ import annotations

import os

import numpy as np
from matplotlib.figure import Figure

from glassnet.types import Array
from glassnet_reports.colors import BLUE, FAINT
from glassnet_reports.plots import new_figure, save_figure, style
from glassnet_reports.report import Report

_BINS = 30
# More points than this are drawn faintly, so that crowds are seen.
_FEW = 500


class ResidualsReport(Report):
    """Draws the predicted values over the true ones, and the residuals, true less predicted, with their distribution.

    A good regression lies on the diagonal, and its residuals lie around 0 at every prediction.
    """

    def of(
        self, true: Array, predicted: Array, name: str = "target", path: str | os.PathLike[str] | None = None
    ) -> Figure:
        residuals = true - predicted
        figure = new_figure(11.4, 3.9)
        beside, over, counted = figure.subplots(1, 3, width_ratios=(1.1, 1.1, 0.9))
        alpha = 0.8 if len(true) <= _FEW else 0.25
        ends = [min(true.min(), predicted.min()), max(true.max(), predicted.max())]
        beside.plot(ends, ends, color=FAINT, linewidth=1, linestyle="--")
        beside.scatter(true, predicted, s=14, color=BLUE, alpha=alpha, linewidths=0)
        style(beside, title=f"Predicted and true {name}", xlabel="true", ylabel="predicted")
        over.axhline(0, color=FAINT, linewidth=1, linestyle="--")
        over.scatter(predicted, residuals, s=14, color=BLUE, alpha=alpha, linewidths=0)
        style(over, title="Residuals", xlabel="predicted", ylabel="true less predicted")
        counted.hist(residuals, bins=_BINS, color=BLUE, alpha=0.6)
        mean, spread = float(residuals.mean()), float(np.sqrt(np.mean(residuals**2)))
        style(counted, title=f"Mean {mean:.3g}, rms {spread:.3g}", xlabel="true less predicted", ylabel="samples")
        if path is not None:
            save_figure(figure, path)
        return figure
