"""The report lr_finder: the loss while the step size grows."""

from __future__ import annotations

import os
from collections.abc import Sequence

from matplotlib.figure import Figure

from glassnet_reports.colors import BLUE, INK, LINE, ORANGE
from glassnet_reports.plots import new_figure, save_figure, style
from glassnet_reports.report import Report


class LRFinderReport(Report):
    """Draws the losses over their step sizes on a logarithmic axis, and marks the step size that is suggested."""

    def of(
        self,
        lrs: Sequence[float],
        losses: Sequence[float],
        suggested: float | None = None,
        path: str | os.PathLike[str] | None = None,
    ) -> Figure:
        figure = new_figure(6.4, 4.0)
        panel = figure.subplots()
        panel.semilogx(lrs, losses, color=BLUE)
        style(panel, title="Loss while the step size grows", xlabel="step size", ylabel="smoothed loss")
        panel.grid(color=LINE, linewidth=0.7)
        if suggested is not None:
            panel.axvline(suggested, color=ORANGE, linewidth=1.2, label=f"steepest fall: {suggested:.2g}")
            panel.legend(frameon=False, labelcolor=INK, fontsize=9)
        if path is not None:
            save_figure(figure, path)
        return figure
