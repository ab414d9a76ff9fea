"""Where everything in the picture of a trace goes: rows, columns, and the lines between boxes.

The layout is that of Sugiyama, Tagawa and Toda (1981), Methods for Visual Understanding of Hierarchical System
Structures, in its simplest form: an operation has its row below all that it needs; a line that passes a row has a place
in it like a box; and each row is ordered by, and put under, the middle of what leads to it. What is given, such as
parameters, stands to the left of the first operation that takes it. A layer of many rows, such as an lstm, is divided
into columns. A line from another column is not drawn: its end bears the name of the array.
"""

from __future__ import annotations

import textwrap
from itertools import groupby, pairwise

import attrs

from glassnet_reports.trace_boxes import PAD, box_size
from glassnet_reports.trace_graph import TraceGraph
from glassnet_reports.trace_nodes import Node, Part

ROW_GAP = 28
_GAP, _LINE_WIDTH = 34, 14
MARGIN, TOP, _PART_GAP = 24, 72, 20
_TITLE, FORMULA_LINE, _FORMULA_LENGTH = 30, 16, 130
# A layer is divided into columns of about this height, in pixels, if it is more than a third higher.
_TALLEST = 700


@attrs.define(eq=False)
class Place:
    """A box in a row, or the place of a line that passes the row: x is the middle, y the top.

    Attributes
    ----------
    above
        The places that lines from above come from.
    beside
        What is given to this operation first, and stands to its left.
    from_elsewhere
        What it reads from other columns.
    bend
        Down to here, lines come straight from above.
    """

    width: float
    height: float
    node: Node | None = None
    above: list[Place] = attrs.field(factory=list)
    beside: list[Place] = attrs.field(factory=list)
    from_elsewhere: list[Place] = attrs.field(factory=list)
    row: int = 0
    x: float = 0.0
    y: float = 0.0
    bend: float = 0.0

    @property
    def left(self) -> float:
        return self.x - self.width / 2

    @property
    def right(self) -> float:
        return self.x + self.width / 2


@attrs.frozen(eq=False)
class Layout:
    """The places of a picture, its lines, each as the places that it leads through, and the bands of the parts."""

    places: list[Place]
    lines: list[list[Place]]
    bands: list[tuple[float, float]]


def layout(trace: TraceGraph) -> Layout:
    """Return where the boxes and lines of a trace go."""
    rows, links = _rows(trace)
    columns = _columns(rows)
    lines = [line for source, place in links if (line := _line(source, place, rows, columns)) is not None]
    for row in rows:
        _spread(row)
    _put_columns_beside(rows, columns)
    bands = _stack(trace, rows, columns)
    return Layout([place for row in rows for place in row], lines, bands)


def formula_lines(part: Part) -> list[str]:
    """Return the formula of a part in lines of a length that can be read."""
    return textwrap.wrap(part.formula, _FORMULA_LENGTH)


def _rows(trace: TraceGraph) -> tuple[list[list[Place]], list[tuple[Place, Place]]]:
    """Return the boxes of each row, and which box reads which."""
    places = {name: Place(*box_size(node), node) for name, node in trace.nodes.items()}
    inputs = [place for name, place in places.items() if trace.nodes[name].kind == "input"]
    rows: list[list[Place]] = [inputs] if inputs else []
    placed = {id(place) for place in inputs}
    links = []
    part, top = 0, len(rows)
    for name, place in places.items():
        node = trace.nodes[name]
        if node.kind != "operation":
            continue
        if node.part != part:
            part, top = node.part, len(rows)
        sources = [places[source] for source in node.inputs]
        place.row = max([top, *(source.row + 1 for source in sources if id(source) in placed)])
        rows += [[] for _ in range(place.row + 1 - len(rows))]
        for source in sources:
            links.append((source, place))
            if id(source) not in placed:
                source.row = place.row
                place.beside.append(source)
        rows[place.row] += [*place.beside, place]
        placed |= {id(place), *map(id, place.beside)}
    return rows, links


def _part_of(row: list[Place]) -> int:
    return max(place.node.part for place in row if place.node is not None)


def _height(row: list[Place]) -> float:
    """Return the height of a row: that of its highest box, or of the boxes beside one of them."""
    return max(max(place.height, _height_of(place.beside)) for place in row)


def _height_of(stack: list[Place]) -> float:
    return sum(one.height for one in stack) + PAD * max(len(stack) - 1, 0)


def _columns(rows: list[list[Place]]) -> list[int]:
    """Return the column of each row: 0, and counted on in a part whose rows are too high together."""
    columns: list[int] = []
    for _, group in groupby(rows, _part_of):
        heights = [_height(row) + ROW_GAP for row in group]
        wanted = 1 if sum(heights) <= 1.3 * _TALLEST else -(-sum(heights) // _TALLEST)
        column, filled = 0, 0.0
        for height in heights:
            # The columns are about equally high.
            if filled and filled + height / 2 > sum(heights) / wanted:
                column, filled = column + 1, 0.0
            columns.append(column)
            filled += height
    return columns


def _line(source: Place, place: Place, rows: list[list[Place]], columns: list[int]) -> list[Place] | None:
    """Return the places that a line leads through, or None if it comes from another column."""
    if any(source is given for given in place.beside):
        return [source, place]
    passed = range(source.row, place.row + 1)
    parts = {_part_of(rows[row]) for row in passed}
    is_one_column = len({columns[row] for row in passed}) == 1 and (columns[place.row] == 0 or len(parts) == 1)
    if not is_one_column:
        place.from_elsewhere.append(source)
        return None
    passing = [Place(_LINE_WIDTH, 0, row=row) for row in passed[1:-1]]
    line = [source, *passing, place]
    for upper, lower in pairwise(line):
        lower.above.append(upper)
    for one in passing:
        rows[one.row].append(one)
    return line


def _spread(row: list[Place]) -> None:
    """Put each place of a row under the middle of what leads to it, as far as there is room."""
    given = [one for place in row for one in place.beside]
    led_to = [place for place in row if not any(place is one for one in given)]
    for place in led_to:
        place.x = sum(above.x for above in place.above) / len(place.above) if place.above else 0.0
    led_to.sort(key=lambda place: place.x)
    wanted = [place.x for place in led_to]
    edge = float("-inf")
    for place in led_to:
        room = max((one.width + _GAP for one in place.beside), default=0)
        place.x = max(place.x, edge + room + _GAP + place.width / 2)
        edge = place.right
    # All were moved to the right where there was no room; on average each is to be where it should.
    shift = (sum(wanted) - sum(place.x for place in led_to)) / max(len(led_to), 1)
    for place in led_to:
        place.x += shift
        for one in place.beside:
            one.x = place.left - _GAP - one.width / 2


def _put_columns_beside(rows: list[list[Place]], columns: list[int]) -> None:
    """Move all first columns to the margin, and each further one to the right of the one before it."""
    first = [place for row, column in zip(rows, columns, strict=True) if column == 0 for place in row]
    _move(first, MARGIN + PAD)
    for _, group in groupby(zip(rows, columns, strict=True), lambda each: _part_of(each[0])):
        edge = 0.0
        for column, its_rows in groupby(group, lambda each: each[1]):
            places = [place for row, _ in its_rows for place in row]
            if column > 0:
                _move(places, edge + 2 * _GAP)
            edge = max(place.right for place in places)


def _move(places: list[Place], left: float) -> None:
    shift = left - min((place.left for place in places), default=0)
    for place in places:
        place.x += shift


def _stack(trace: TraceGraph, rows: list[list[Place]], columns: list[int]) -> list[tuple[float, float]]:
    """Put the rows under each other; return where the band of each part begins and ends."""
    bands: list[tuple[float, float]] = []
    top: float = TOP
    waiting = list(zip(rows, columns, strict=True))
    for index, part in enumerate(trace.parts):
        start = top + _TITLE + FORMULA_LINE * max(len(formula_lines(part)), 1) + ROW_GAP - PAD
        y = bottom = start
        before = 0
        while waiting and _part_of(waiting[0][0]) == index:
            row, column = waiting.pop(0)
            y = y if column == before else start
            before = column
            height = _height(row)
            for place in row:
                place.bend = y - ROW_GAP
                place.y = y + (height - place.height) / 2
            for place in row:
                below = y + (height - _height_of(place.beside)) / 2
                for one in place.beside:
                    one.y = below
                    below += one.height + PAD
            y += height + ROW_GAP
            bottom = max(bottom, y)
        bands.append((top, bottom - ROW_GAP + 1.5 * PAD))
        top = bands[-1][1] + _PART_GAP
    return bands
