"""What became of each column of a table, as rows for a report."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import groupby
from typing import TYPE_CHECKING

import attrs

from glassnet_tables.fitted_column import FittedColumn
from glassnet_tables.target import Target

if TYPE_CHECKING:
    from rich.console import RenderableType

_REASONS = {
    "id": "left out: names the rows",
    "constant": "left out: one value alone",
    "empty": "left out: no value",
    "ignored": "left out, as asked",
}
# Of a table with more columns, those that follow each other and are treated alike share a row in the terminal.
_MOST_ROWS = 60
HEADINGS = ("column", "type", "missing", "transforms", "inputs")


@attrs.frozen
class ColumnRow:
    """One column in a report: its name, type, missing values, transforms, and the number of inputs that it becomes."""

    name: str
    type: str
    missing: int
    transforms: str
    inputs: int


def column_rows(features: Sequence[FittedColumn], left_out: Mapping[str, str], target: Target) -> list[ColumnRow]:
    """Return a row for each column: features in order, the columns that are left out, and the target."""
    rows = [
        ColumnRow(each.name, each.kind, each.missing, " ".join(map(repr, each.chain)), len(each.outputs))
        for each in features
    ]
    rows += [ColumnRow(name, "", 0, _REASONS.get(reason, reason), 0) for name, reason in left_out.items()]
    chain = "classes" if target.column is None else " ".join(map(repr, target.column.chain))
    return [*rows, ColumnRow(target.name, "target", 0, chain, 0)]


def terminal_table(rows: Sequence[ColumnRow]) -> RenderableType:
    """Return the columns as a table of rich."""
    from rich.table import Table
    from rich.text import Text

    shown = Table(box=None, header_style="bold", pad_edge=False)
    for heading in HEADINGS:
        shown.add_column(
            heading, justify="right" if heading in ("missing", "inputs") else "left", overflow="fold", max_width=40
        )
    for row in rows if len(rows) <= _MOST_ROWS else _in_ranges(rows):
        cells = (row.name, row.type, str(row.missing or ""), row.transforms, str(row.inputs or ""))
        shown.add_row(*map(Text, cells))
    return shown


def _in_ranges(rows: Sequence[ColumnRow]) -> list[ColumnRow]:
    """Return a row for each range of columns of one type with the same transforms, of the largest ranges in order."""
    ranges = [list(alike) for _, alike in groupby(rows, key=lambda row: (row.type, row.transforms))]
    largest = sorted(ranges, key=len, reverse=True)[:_MOST_ROWS]
    shown = [_as_one(each) for each in ranges if any(each is other for other in largest)]
    hidden = sum(map(len, ranges)) - sum(map(len, largest))
    return [*shown, ColumnRow(f"… and {hidden:,} more columns", "", 0, "", 0)] if hidden else shown


def _as_one(rows: Sequence[ColumnRow]) -> ColumnRow:
    first, last = rows[0], rows[-1]
    name = first.name if len(rows) == 1 else f"{first.name} to {last.name} ({len(rows):,} columns)"
    missing, inputs = sum(row.missing for row in rows), sum(row.inputs for row in rows)
    return attrs.evolve(first, name=name, missing=missing, inputs=inputs)
