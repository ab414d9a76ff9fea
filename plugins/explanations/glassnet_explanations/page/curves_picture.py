"""The curves of a page as a picture of pixels, drawn by matplotlib."""

from __future__ import annotations

import io

from matplotlib import rc_context
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from glassnet_explanations.page.blocks import Page
from glassnet_explanations.page.chart import strokes
from glassnet_explanations.page.curves import charts_of

_WIDTH, _HEIGHT, _DPI = 6.8, 2.6, 144


def curves_png(page: Page) -> bytes:
    """Return all curves of a page below one another, as the bytes of a PNG file; raises as `curves_svg` does."""
    charts = charts_of(page)
    figure = Figure(figsize=(_WIDTH, _HEIGHT * len(charts)), layout="constrained")
    for panel, chart in zip(figure.subplots(len(charts), squeeze=False)[:, 0], charts, strict=True):
        for each in strokes(chart):
            places = range(chart.first, chart.first + len(each.values))
            look = {"color": each.colour, "linewidth": each.width, "alpha": each.opacity}
            panel.plot(places, each.values, label=each.name, **look)
        panel.set_title(chart.title, loc="left", fontsize=11, fontweight="bold")
        panel.set_xlabel(chart.counted, fontsize=9)
        panel.xaxis.set_major_locator(MaxNLocator(integer=True))
        panel.spines[["top", "right"]].set_visible(False)
        if len(chart.lines) > 1:  # beside the lines, where it covers none of them
            panel.legend(frameon=False, fontsize=9, loc="upper left", bbox_to_anchor=(1, 1))
    picture = io.BytesIO()
    with rc_context({"text.parse_math": False}):  # names come from components
        figure.savefig(picture, format="png", dpi=_DPI)
    return picture.getvalue()
