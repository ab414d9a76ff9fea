"""A page for a narrow terminal: a table that is too wide becomes several, each with the first column."""

from __future__ import annotations

from collections.abc import Iterator

import attrs

from glassnet_explanations.arithmetic.line import number_text
from glassnet_explanations.page.blocks import Block, Page, Section, Table

# The room around a cell, and at the margins of a table.
_AROUND, _MARGIN = 2, 2


def narrow(page: Page, width: int) -> Page:
    """Return a page whose tables have room for each of their numbers in this number of characters."""
    blocks = tuple(_blocks(page.blocks, width))
    return attrs.evolve(page, blocks=blocks, sections=tuple(_section(each, width) for each in page.sections))


def _section(section: Section, width: int) -> Section:
    blocks = tuple(_blocks(section.blocks, width))
    return attrs.evolve(section, blocks=blocks, sections=tuple(_section(each, width) for each in section.sections))


def _blocks(blocks: tuple[Block, ...], width: int) -> Iterator[Block]:
    for block in blocks:
        if isinstance(block, Table):
            yield from _tables(block, width)
        else:
            yield block


def _tables(table: Table, width: int) -> Iterator[Table]:
    widths = [_width(table, place) + _AROUND for place in range(len(table.header))]
    room = width - _MARGIN - widths[0]
    groups: list[list[int]] = [[]]
    for place in range(1, len(widths)):
        if groups[-1] and sum(widths[each] for each in groups[-1]) + widths[place] > room:
            groups.append([])
        groups[-1].append(place)
    for group in groups:
        places = [0, *group]
        rows = tuple(tuple(row[place] for place in places) for row in table.rows)
        left_out = table.left_out if group is groups[-1] else ""
        yield Table(table.title, tuple(table.header[place] for place in places), rows, left_out)


def _width(table: Table, place: int) -> int:
    """Return the characters that a column needs at least: numbers and names are not broken, other texts at spaces."""
    cells = [row[place] for row in table.rows]
    texts = [cell if isinstance(cell, str) else number_text(cell) for cell in cells]
    if place == 0:
        return max(map(len, [table.header[0], *texts]))
    return max((len(word) for text in [table.header[place], *texts] for word in text.split()), default=1)
