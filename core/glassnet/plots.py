"""Drawing with matplotlib, without its global state and without a screen."""

from __future__ import annotations

import io
import os
from collections.abc import Mapping
from pathlib import Path

from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from glassnet.files import write_whole


def draw_history(history: Mapping[str, list[float]]) -> Figure:
    """Return a figure with one panel for each training figure and its validation, side by side."""
    shown = [name for name in history if not name.startswith("val_")]
    figure = Figure(figsize=(5 * max(1, len(shown)), 3.6), layout="constrained")
    for panel, name in zip(figure.subplots(1, max(1, len(shown)), squeeze=False)[0], shown, strict=False):
        for label, key in (("training", name), ("validation", f"val_{name}")):
            if key in history:
                values = history[key]
                panel.plot(range(1, len(values) + 1), values, marker="o", markersize=3.5, label=label)
        panel.set(xlabel="epoch", title=name.replace("_", " "))
        panel.xaxis.set_major_locator(MaxNLocator(integer=True, min_n_ticks=1))
        panel.grid(alpha=0.3)
        panel.legend()
    return figure


def save_figure(figure: Figure, path: str | os.PathLike[str]) -> None:
    """Write a figure as the kind of picture that the file's ending names."""
    picture = io.BytesIO()
    figure.savefig(picture, format=Path(path).suffix.lstrip(".") or "png", dpi=144)
    write_whole(path, picture.getvalue())
