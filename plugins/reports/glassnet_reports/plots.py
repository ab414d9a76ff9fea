"""Drawing with matplotlib, without its global state and without a screen; the look that all pictures share."""

from __future__ import annotations

import io
import os
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any, cast

import numpy as np
from matplotlib import rc_context
from matplotlib.axes import Axes
from matplotlib.backend_bases import RendererBase
from matplotlib.figure import Figure
from matplotlib.layout_engine import ConstrainedLayoutEngine
from matplotlib.text import Text
from matplotlib.ticker import MaxNLocator

from glassnet.errors import FileError
from glassnet.types import Array
from glassnet_files.files import atomic_write
from glassnet_reports.colors import BLUE, FAINT, INK, LINE, ORANGE

_NOT_OF_XML = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]")
# Beyond this number of epochs a curve is a line alone, without a mark for each.
_EPOCHS_MARKED = 40


def draw_history(history: Mapping[str, list[float]]) -> Figure:
    """Return a figure with one panel for each training figure and its validation, side by side."""
    shown = [name for name in history if not name.startswith("val_")]
    figure = new_figure(4.8 * max(1, len(shown)), 3.6)
    for panel, name in zip(figure.subplots(1, max(1, len(shown)), squeeze=False)[0], shown, strict=False):
        for label, key, color in (("training", name, BLUE), ("validation", f"val_{name}", ORANGE)):
            if key in history:
                values = history[key]
                marker = "o" if len(values) <= _EPOCHS_MARKED else ""
                panel.plot(range(1, len(values) + 1), values, marker=marker, markersize=4, color=color, label=label)
        style(panel, title=name.replace("_", " "), xlabel="epoch")
        panel.xaxis.set_major_locator(MaxNLocator(integer=True, min_n_ticks=1))
        panel.grid(color=LINE, linewidth=0.7)
        panel.legend(frameon=False, labelcolor=INK, fontsize=9)
    return figure


class ShownFigure(Figure):
    """A figure that a notebook shows as a picture, once, whether pyplot is in use or not.

    Its text stands as it is: names of classes and columns come from data, and a $ in them begins no formula.
    """

    def draw(self, renderer: RendererBase) -> None:
        for text in self.findobj(Text):
            text.set_parse_math(False)
        with rc_context({"text.parse_math": False}):  # of the text that drawing makes
            super().draw(renderer)

    def _repr_png_(self) -> bytes:
        picture = io.BytesIO()
        self.savefig(picture, format="png", dpi=96)
        return picture.getvalue()


def new_figure(width: float, height: float) -> Figure:
    """Return an empty figure of this size in inches."""
    figure = ShownFigure(figsize=(width, height), layout="constrained")
    cast(ConstrainedLayoutEngine, figure.get_layout_engine()).set(w_pad=0.1, h_pad=0.1)
    return figure


def write_title(figure: Figure, title: str) -> None:
    """Write the title of a whole figure."""
    figure.suptitle(title, x=0.015, ha="left", fontsize=11, fontweight="bold", color=INK)


def style(panel: Axes, *, title: str = "", xlabel: str = "", ylabel: str = "") -> None:
    """Give a panel the common look."""
    panel.set_title(title, loc="left", fontsize=11, fontweight="bold", color=INK, pad=8)
    panel.set_xlabel(xlabel, fontsize=9, color=INK)
    panel.set_ylabel(ylabel, fontsize=9, color=INK)
    panel.tick_params(colors=INK, labelsize=9, length=3, width=0.7)
    panel.spines[["top", "right"]].set_visible(False)
    panel.spines[["left", "bottom"]].set(color=FAINT, linewidth=0.7)


def mark_thresholds(panel: Axes, x: Array, y: Array, thresholds: Array, *, in_use: float, best: float) -> None:
    """Mark two thresholds on a curve: the one in use by a full circle, and the one with the best F1 by an empty one.

    Parameters
    ----------
    panel
        Where the curve is drawn.
    x, y, thresholds
        The points of the curve, and the falling thresholds that lead to them.
    in_use, best
        The thresholds to mark. One above all others is left out: nothing is called positive there.
    """
    for chosen, what, size, face, above in ((in_use, "in use", 7, ORANGE, 3), (best, "best F1", 10, "white", 2)):
        place = int(np.sum(thresholds >= chosen)) - 1  # the last point whose scores are at or above the threshold
        if place >= 0:
            (point,) = panel.plot(x[place], y[place], "o", color=ORANGE, markerfacecolor=face, markersize=size)
            point.set(label=f"threshold {chosen:.2f}, {what}", zorder=above)


def save_figure(figure: Figure, path: str | os.PathLike[str]) -> None:
    """Write a figure as the kind of picture that the file's ending names.

    Raises
    ------
    FileError
        If there is no such kind, or the file cannot be written.
    """
    ending = Path(path).suffix.lstrip(".").lower() or "png"
    known = figure.canvas.get_supported_filetypes()
    if ending not in known:
        raise FileError(
            f"cannot write {path}: a picture cannot end in .{ending}; choose one of {', '.join(sorted(known))}"
        )
    if ending == "svg":
        atomic_write(path, svg_of(figure, dpi=144).encode())
        return
    picture = io.BytesIO()
    figure.savefig(picture, format=ending, dpi=144)
    atomic_write(path, picture.getvalue())


def svg_of(figure: Figure, **options: Any) -> str:
    """Return a figure as SVG; control characters in its text are left out, which no XML may hold."""
    picture = io.StringIO()
    figure.savefig(picture, format="svg", **options)
    return _NOT_OF_XML.sub("", picture.getvalue())
