"""Lines over the steps of a training, and the scale of colors."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np
from matplotlib.ticker import MaxNLocator

from glassnet_reports.colors import FAINT, INK, LINE, colors_apart
from glassnet_reports.plots import new_figure, style

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from glassnet.types import Array

_WIDTH, _HEIGHT = 7.6, 3.4
# A legend has no more lines: of more, some evenly far apart are named.
_MOST_NAMED = 14


def new_panels(count: int) -> tuple[Figure, list[Axes]]:
    """Return a figure of panels one below another."""
    figure = new_figure(_WIDTH, _HEIGHT * count)
    return figure, list(figure.subplots(count, 1, squeeze=False)[:, 0])


def draw_lines(
    panel: Axes,
    steps: Array,
    lines: Mapping[str, Any],
    *,
    title: str,
    ylabel: str,
    steps_per_epoch: int | None = None,
    is_log: bool = False,
) -> None:
    """Draw a line for each name over the number of steps, with epochs on the upper edge if their length is known.

    Numbers that a logarithmic axis cannot show, such as zeros, leave a gap.
    """
    colors = colors_apart(len(lines))
    named = {round(each) for each in np.linspace(0, len(lines) - 1, min(len(lines), _MOST_NAMED))}
    for place, (name, values) in enumerate(lines.items()):
        shown = np.asarray(values, np.float64)
        shown = np.where(shown > 0, shown, np.nan) if is_log else shown
        marker = "o" if len(steps) <= 40 else ""
        panel.plot(
            steps,
            shown,
            color=colors[place],
            linewidth=1.5,
            marker=marker,
            markersize=3,
            label=name if place in named else None,
        )
        if is_log and np.isfinite(shown).any():
            panel.set_yscale("log")
    style(panel, title=title, xlabel="training step", ylabel=ylabel)
    panel.tick_params(which="minor", colors=INK, labelsize=7, length=2, width=0.5)
    panel.xaxis.set_major_locator(MaxNLocator(integer=True))
    panel.grid(color=LINE, linewidth=0.7)
    panel.legend(loc="upper left", bbox_to_anchor=(1.01, 1.0), frameon=False, labelcolor=INK, fontsize=8)
    if steps_per_epoch:
        _mark_epochs(panel, steps_per_epoch)


def _mark_epochs(panel: Axes, steps_per_epoch: int) -> None:
    def epochs(steps: Any) -> Any:
        return steps / steps_per_epoch

    def steps(epochs: Any) -> Any:
        return epochs * steps_per_epoch

    above = panel.secondary_xaxis("top", functions=(epochs, steps))
    above.set_xlabel("epoch", fontsize=8, color=FAINT)
    above.tick_params(colors=FAINT, labelsize=8, length=3, width=0.7)
    above.spines["top"].set(visible=True, color=FAINT, linewidth=0.7)


def draw_scale(figure: Figure, colored: Any, panels: Any, label: str, **settings: Any) -> None:
    """Draw what number each color stands for."""
    scale = figure.colorbar(colored, ax=panels, **settings)
    scale.ax.minorticks_off()
    scale.set_label(label, fontsize=9, color=INK)
    scale.ax.tick_params(labelsize=8, colors=INK)
    scale.outline.set_visible(False)


def layer_names(places: list[str], specs: list[str]) -> list[str]:
    """Return what layers are called in legends: place and spec, cut where it is long."""
    texts = [f"{place} {spec}" for place, spec in zip(places, specs, strict=True)]
    return [text if len(text) <= 30 else f"{text[:29]}…" for text in texts]
