"""The report importance: which columns a network depends on."""

from __future__ import annotations

import os
from collections.abc import Sequence

import numpy as np
from matplotlib.figure import Figure

from glassnet.types import Array
from glassnet_reports.colors import BLUE, FAINT, INK, LINE
from glassnet_reports.plots import new_figure, save_figure, style
from glassnet_reports.report import Report

_SHOWN = 25
_LONGEST_NAME = 30


class ImportanceReport(Report):
    """Draws the permutation importance of columns, the largest first, with the spread of the repeats.

    The importance is the fall of a score if the column is shuffled. Two columns that tell the same share it.
    """

    def of(
        self, names: Sequence[str], falls: Array, score: str = "accuracy", path: str | os.PathLike[str] | None = None
    ) -> Figure:
        means, spreads = falls.mean(axis=1), falls.std(axis=1)
        largest = np.argsort(-means, kind="stable")[:_SHOWN]
        figure = new_figure(6.4, 1.3 + 0.3 * len(largest))
        panel = figure.subplots()
        places = np.arange(len(largest))
        panel.barh(places, means[largest], xerr=spreads[largest], color=BLUE, ecolor=FAINT, height=0.7)
        panel.axvline(0, color=LINE, linewidth=1)
        panel.set_yticks(places, [_short(names[index]) for index in largest])
        panel.set_ylim(len(largest) - 0.4, -0.6)
        left = f", {_SHOWN} of {len(names)}" if len(names) > _SHOWN else ""
        style(panel, title=f"Importance of the columns{left}", xlabel=f"fall of {score} if the column is shuffled")
        panel.tick_params(axis="y", length=0, colors=INK)
        if path is not None:
            save_figure(figure, path)
        return figure


def _short(name: str) -> str:
    return name if len(name) <= _LONGEST_NAME else name[: _LONGEST_NAME - 1] + "…"
