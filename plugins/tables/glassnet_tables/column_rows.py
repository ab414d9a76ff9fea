"""What became of each column of a table, as rows for a report."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
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
    for row in rows:
        cells = (row.name, row.type, str(row.missing or ""), row.transforms, str(row.inputs or ""))
        shown.add_row(*map(Text, cells))
    return shown
