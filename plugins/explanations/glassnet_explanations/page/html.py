"""A page as one HTML file that needs nothing else: no network and no font."""

from __future__ import annotations

from collections.abc import Iterator
from html import escape

from glassnet_explanations.arithmetic.line import Line, number_text
from glassnet_explanations.page.blocks import ArrayBlock, Block, Chart, Formula, Lines, Page, Section, Table, Text
from glassnet_explanations.page.chart import to_svg
from glassnet_explanations.page.heat_map import heat_map
from glassnet_explanations.page.mathml import to_mathml
from glassnet_explanations.page.picture import SCRIPT
from glassnet_explanations.page.style import PAGE_STYLE, STYLE

_COLOURS = (
    '<p class="remark">Red is above 0 and blue is below, the stronger the farther from 0. The cursor shows the value '
    "of an element.</p>\n"
)


def to_html(page: Page) -> str:
    """Return a page as a whole HTML file."""
    return (
        '<!DOCTYPE html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f"<title>{escape(page.title)}</title>\n<style>{PAGE_STYLE}{STYLE}</style>\n</head>\n<body>\n{_body(page)}</body>\n</html>\n"
    )


def embedded(page: Page) -> str:
    """Return a page for a cell of a notebook."""
    return f"<style>{STYLE}</style>{_body(page)}"


def _body(page: Page) -> str:
    blocks = "\n".join(map(_block, page.blocks))
    sections = "\n".join(_section(section, 2) for section in page.sections)
    legend = _COLOURS if '<td class="plus"' in sections or '<svg class="map"' in sections else ""
    body = f'<main class="explanation">\n<h1>{escape(page.title)}</h1>\n{blocks}\n{legend}{sections}\n</main>\n'
    return body + SCRIPT if '<svg class="map"' in body else body


def _section(section: Section, level: int) -> str:
    inner = "\n".join([*map(_block, section.blocks), *(_section(each, level + 1) for each in section.sections)])
    heading = f"<h{level}>{escape(section.title)}</h{level}>"
    if level == 2:
        return f"<section>{heading}\n{inner}</section>"
    state = " open" if section.is_open else ""
    return f"<details{state}><summary>{heading}</summary>\n{inner}</details>"


def _block(block: Block) -> str:
    if isinstance(block, Text):
        return f"<p>{escape(block.text)}</p>"
    if isinstance(block, Formula):
        return _formula(block)
    if isinstance(block, ArrayBlock):
        return heat_map(block)
    if isinstance(block, Chart):
        return to_svg(block)
    return _lines(block) if isinstance(block, Lines) else _table(block)


def _formula(block: Formula) -> str:
    given = f'<span class="settings">with {escape(block.given)}</span>' if block.given else ""
    title = f'<span class="shape">{escape(block.title)}</span>'
    return f'<div class="formula">{title}{to_mathml(block.text)}{given}</div>'


def _lines(block: Lines) -> str:
    items = "\n".join(_line(line) for line in block.lines)
    return f'<h4>{escape(block.title)}</h4>\n<div class="lines">{items}</div>{_remark(block.left_out)}'


def _line(line: Line) -> str:
    """Return a line; the value under the cursor has all digits."""
    parts = list(dict.fromkeys([line.symbols, line.numbers(5)]))
    value = f'<b title="{line.value!r}">{number_text(line.value)}</b>'
    if parts[-1] == number_text(line.value):
        parts.pop()
    middle = "".join(
        f'<span class="is">=</span> <span class="{kind}">{escape(part)}</span> '
        for part, kind in zip(parts, ("symbols", "numbers"), strict=False)
    )
    return f'<p><span class="label">{escape(line.label)}</span> {middle}<span class="is">=</span> {value}</p>'


def _table(table: Table) -> str:
    kinds = [' class="text"' if each else "" for each in table.is_text]
    head = "".join(f"<th{kind}>{escape(name)}</th>" for name, kind in zip(table.header, kinds, strict=True))
    rows = "\n".join(f"<tr>{''.join(_cells(row))}</tr>" for row in table.rows)
    return (
        f'<div class="scroll"><table class="terms"><thead><tr>{head}</tr></thead>\n<tbody>{rows}</tbody></table></div>'
        f"{_remark(table.left_out)}"
    )


def _cells(row: tuple[str | float, ...]) -> Iterator[str]:
    for place, cell in enumerate(row):
        if isinstance(cell, str):
            yield f'<td class="text">{escape(cell)}</td>' if place else f"<th>{escape(cell)}</th>"
        else:
            yield f'<td title="{cell!r}">{number_text(cell)}</td>'


def _remark(text: str) -> str:
    return f'<p class="remark">{escape(text)}</p>' if text else ""
