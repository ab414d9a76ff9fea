"""Drawing with matplotlib, without its global state and without a screen."""

from __future__ import annotations

import io
import os
from collections.abc import Mapping
from pathlib import Path

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from glassnet.files import write_whole

INK, FAINT = "#22303c", "#8a949e"
BLUE, ORANGE = "#2b6cb0", "#dd6b20"
# More epochs than this are a line; fewer are points that a line joins.
_POINTS_SHOWN = 40


def draw_history(history: Mapping[str, list[float]]) -> Figure:
    """Return a figure with one panel for each training figure and its validation, side by side."""
    shown = [name for name in history if not name.startswith("val_")]
    figure = Figure(figsize=(4.8 * max(1, len(shown)), 3.6), layout="constrained")
    for panel, name in zip(figure.subplots(1, max(1, len(shown)), squeeze=False)[0], shown, strict=False):
        for label, key, color in (("training", name, BLUE), ("validation", f"val_{name}", ORANGE)):
            if key in history:
                values = history[key]
                marker = "o" if len(values) <= _POINTS_SHOWN else ""
                panel.plot(range(1, len(values) + 1), values, marker=marker, markersize=4, color=color, label=label)
        panel.set_xlabel("epoch", color=INK)
        panel.xaxis.set_major_locator(MaxNLocator(integer=True, min_n_ticks=1))
        style(panel, name.replace("_", " "))
        panel.grid(alpha=0.25, linewidth=0.7)
        panel.legend(frameon=False, labelcolor=INK)
    return figure


def style(panel: Axes, title: str) -> None:
    """Give a panel the look that all pictures share."""
    panel.set_title(title, loc="left", fontsize=11, fontweight="bold", color=INK)
    panel.tick_params(colors=INK, labelsize=9, length=3, width=0.7)
    panel.spines[["top", "right"]].set_visible(False)
    panel.spines[["left", "bottom"]].set(color=FAINT, linewidth=0.7)


def save_figure(figure: Figure, path: str | os.PathLike[str]) -> None:
    """Write a figure as the kind of picture that the file's ending names."""
    picture = io.BytesIO()
    figure.savefig(picture, format=Path(path).suffix.lstrip(".") or "png", dpi=144)
    write_whole(path, picture.getvalue())
