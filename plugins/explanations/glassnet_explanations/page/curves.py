"""The curves of a page, such as the course of a weight, as one SVG file."""

from __future__ import annotations

from html import escape

from glassnet.errors import FileError
from glassnet_explanations.page.blocks import Chart, Page
from glassnet_explanations.page.chart import HEIGHT, WIDTH, drawn, strokes

_TITLE, _GAP, _MARGIN = 44, 24, 16
_STYLE = (
    "text{font:11px sans-serif;fill:#445}.title{font-size:14px;font-weight:600;fill:#1c1e21}.zero{stroke:#d5d9e0}"
    "rect{fill:#fff}"
)


def curves_svg(page: Page) -> str:
    """Return all curves of a page below one another, each with its title and its legend.

    Raises
    ------
    FileError
        If the page has no curves.
    """
    charts = charts_of(page)
    each = _TITLE + HEIGHT + _GAP
    width, height = WIDTH + 2 * _MARGIN, each * len(charts) + 2 * _MARGIN
    body = "".join(_placed(chart, _MARGIN + number * each) for number, chart in enumerate(charts))
    size = f'width="{width}" height="{height}"'
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" {size} viewBox="0 0 {width} {height}">'
        f"<title>{escape(page.title)}</title><style>{_STYLE}</style><rect {size}/>{body}</svg>\n"
    )


def charts_of(page: Page) -> list[Chart]:
    """Return the curves of a page, or raise `FileError` if it has none."""
    charts = [block for section in page.sections for block in section.blocks if isinstance(block, Chart)]
    if not charts:
        raise FileError(
            f"the page {page.title!r} has no curves; save it as .html, or follow a weight of a run with --weight"
        )
    return charts


def _placed(chart: Chart, top: int) -> str:
    """Return a chart at a height: its title, a name in the colour of each line, and the lines."""
    names = "".join(
        f'<tspan dx="{10 if number else 0}" style="fill:{each.colour}">{each.mark} {escape(each.name)}</tspan>'
        for number, each in enumerate(strokes(chart))
    )
    return (
        f'<g transform="translate({_MARGIN},{top})"><text class="title" y="14">{escape(chart.title)}</text>'
        f'<text y="32">{names}</text><g transform="translate(0,{_TITLE})">{drawn(chart)}</g></g>'
    )
