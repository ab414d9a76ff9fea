"""A page as Markdown."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

from glassnet_explanations.arithmetic.line import number_text
from glassnet_explanations.page.blocks import ArrayBlock, Block, Chart, Formula, Lines, Page, Section, Table, Text
from glassnet_explanations.page.chart import to_text

_WIDEST = 8
_LONGEST = 12


def to_markdown(page: Page, digits: int = 5) -> str:
    """Return a page as Markdown, with numbers of this number of digits."""
    lines = [f"# {page.title}", ""]
    for block in page.blocks:
        lines += [*_block(block, digits), ""]
    for section in page.sections:
        lines += _section(section, 2, digits)
    return "\n".join(lines).rstrip() + "\n"


def _section(section: Section, level: int, digits: int) -> Iterator[str]:
    yield from [f"{'#' * level} {section.title}", ""]
    for block in section.blocks:
        yield from [*_block(block, digits), ""]
    for inner in section.sections:
        yield from _section(inner, level + 1, digits)


def _block(block: Block, digits: int) -> list[str]:
    if isinstance(block, Text):
        return [block.text]
    if isinstance(block, Formula):
        return [f"{block.title}: `{block.text}`" + (f" with {block.given}" if block.given else "")]
    if isinstance(block, Lines):
        remark = ["", f"*{block.left_out}*"] if block.left_out else []
        return [f"{block.title}:", "", "```", *(line.text(digits) for line in block.lines), "```", *remark]
    if isinstance(block, ArrayBlock):
        return array_lines(block, digits)
    if isinstance(block, Chart):
        return [f"{block.title}:", "", "```", *to_text(block), "```"]
    return _table(block, digits)


def array_lines(block: ArrayBlock, digits: int) -> list[str]:
    """Return an array as text: whole if it is small, else its first rows and columns."""
    value = block.value
    if block.marked:
        corners = [np.unravel_index(index, value.shape) for index in (min(block.marked), max(block.marked))]
        ranges = ", ".join(f"{first}:{last + 1}" for first, last in zip(*corners, strict=True))
        return [f"{block.name} sees x[{ranges}]"]
    if value.size == 1:
        return [f"{block.name} = {number_text(float(np.real(value.flat[0])), digits)}"]
    if block.layout == "images" and value.ndim > 3 and value.shape[-1] == 1:
        value = value[..., 0]  # the only channel
    formatter: Any = {"float_kind": lambda x: number_text(x, digits)}
    text = np.array2string(
        value,
        max_line_width=110,
        threshold=_WIDEST * _LONGEST,
        edgeitems=3,
        formatter=formatter,
    )
    axes = f", {block.axes_text}" if block.axes_text else ""
    return [f"{block.name} {block.value.shape}{axes}:", "", "```", *text.splitlines(), "```"]


def _table(table: Table, digits: int) -> list[str]:
    rows = [[cell if isinstance(cell, str) else number_text(cell, digits) for cell in row] for row in table.rows]
    lines = [
        "| " + " | ".join(table.header) + " |",
        "| " + " | ".join("---" if each else "---:" for each in table.is_text) + " |",
        *("| " + " | ".join(row) + " |" for row in rows),
    ]
    return [*lines, *(["", f"*{table.left_out}*"] if table.left_out else [])]
