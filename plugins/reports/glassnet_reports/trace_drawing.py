"""A trace as a picture in SVG: operations from top to bottom, layer by layer, with the numbers in them."""

from __future__ import annotations

from itertools import pairwise

from glassnet_reports.colors import FAINT, INK, LINE
from glassnet_reports.trace_boxes import PAD, draw_box, svg_text, text_width
from glassnet_reports.trace_graph import TraceGraph
from glassnet_reports.trace_layout import FORMULA_LINE, MARGIN, Place, formula_lines, layout
from glassnet_reports.trace_nodes import Part
from glassnet_reports.trace_views import shortened

_LEGEND = (
    "Each box is an array: its value, and the derivative of the loss with respect to it. Blue is above 0, orange below."
)
_LEGEND_OF_MAPS = "A small map shows which part of an array is read. An arrow without a beginning has an array's name."


def picture(trace: TraceGraph) -> str:
    """Return the picture of a trace, with one formula for operations of single elements in parts of many."""
    return draw(shortened(trace))


def draw(trace: TraceGraph) -> str:
    """Return the picture of a trace as SVG text."""
    found = layout(trace)
    has_maps = any(node.shown for node in trace.nodes.values()) or any(one.from_elsewhere for one in found.places)
    legend = [_LEGEND, *([_LEGEND_OF_MAPS] if has_maps else [])]
    texts = [*legend, *(text for part in trace.parts for text in (part.title, *formula_lines(part)))]
    right = max([place.right for place in found.places] + [MARGIN + text_width(text, 11) for text in texts])
    width, height = right + MARGIN + PAD, found.bands[-1][1] + MARGIN
    drawn = [_band(top, bottom, width) for top, bottom in found.bands]
    drawn += [_line(line) for line in found.lines]
    drawn += [_stubs(place) for place in found.places]
    drawn += [_header(part, top) for part, (top, _) in zip(trace.parts, found.bands, strict=True)]
    drawn += [draw_box(place.node, place.left, place.y) for place in found.places if place.node is not None]
    return "\n".join(
        [
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width:.0f} {height:.0f}" width="{width:.0f}" '
            f'height="{height:.0f}" font-family="Helvetica, Arial, sans-serif" fill="{INK}">',
            '<defs><marker id="tip" viewBox="0 0 8 8" refX="7" refY="4" markerWidth="7" markerHeight="7" '
            f'orient="auto"><path d="M0 0.8 L7.5 4 L0 7.2 Z" fill="{FAINT}"/></marker></defs>',
            '<rect width="100%" height="100%" fill="#ffffff"/>',
            svg_text(MARGIN, 30, f"loss = {trace.loss:.6g}", 16, bold=True),
            *(svg_text(MARGIN, 48 + 14 * n, text, 11, FAINT) for n, text in enumerate(legend)),
            *drawn,
            "</svg>\n",
        ]
    )


def _band(top: float, bottom: float, width: float) -> str:
    return (
        f'<rect x="{PAD}" y="{top:.1f}" width="{width - 2 * PAD:.1f}" height="{bottom - top:.1f}" rx="8" '
        f'fill="#f6f8fa" stroke="{LINE}"/>'
    )


def _header(part: Part, top: float) -> str:
    """Return title and formula, on a ground that hides the lines behind them."""
    lines = formula_lines(part)
    wide = max(text_width(part.title, 14), *(text_width(line, 11) for line in [*lines, ""]))
    return (
        f'<rect x="{MARGIN - 4}" y="{top + 6:.1f}" width="{wide + 8:.1f}" height="{20 + FORMULA_LINE * len(lines)}" '
        f'fill="#f6f8fa"/>'
        + svg_text(MARGIN, top + 21, part.title, 14, bold=True)
        + "".join(svg_text(MARGIN, top + 38 + FORMULA_LINE * n, line, 12, FAINT) for n, line in enumerate(lines))
    )


def _line(line: list[Place]) -> str:
    start, end = line[0], line[-1]
    if any(start is given for given in end.beside):
        y, into, middle = start.y + start.height / 2, end.y + end.height / 2, (start.right + end.left) / 2
        path = f"M{start.right:.1f} {y:.1f} C{middle:.1f} {y:.1f} {middle:.1f} {into:.1f} {end.left - 2:.1f} {into:.1f}"
    else:
        path = f"M{start.x:.1f} {start.y + start.height:.1f}"
        for upper, lower in pairwise(line):
            y = lower.y - (2 if lower is end else 0)
            middle = (lower.bend + y) / 2
            path += f" V{lower.bend:.1f} C{upper.x:.1f} {middle:.1f} {lower.x:.1f} {middle:.1f} {lower.x:.1f} {y:.1f}"
    return f'<path d="{path}" fill="none" stroke="{FAINT}" stroke-width="1.3" marker-end="url(#tip)"/>'


def _stubs(place: Place) -> str:
    """Return short arrows for what a box reads from other columns, with the names."""
    drawn, x = [], place.left + PAD
    for source in place.from_elsewhere:
        name = source.node.name if source.node is not None else ""
        drawn.append(svg_text(x + 4, place.y - 6, name, 10, FAINT))
        drawn.append(
            f'<path d="M{x:.1f} {place.y - 15:.1f} L{x:.1f} {place.y - 2:.1f}" fill="none" stroke="{FAINT}" '
            'stroke-width="1.3" marker-end="url(#tip)"/>'
        )
        x += text_width(name, 10) + 14
    return "".join(drawn)
