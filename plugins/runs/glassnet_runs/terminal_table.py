"""Rows as a table of rich."""

from __future__ import annotations

from collections.abc import Sequence

from rich.console import RenderableType
from rich.table import Table
from rich.text import Text

from glassnet_runs.columns import is_number, shown
from glassnet_runs.run_row import Row


def terminal_table(rows: Sequence[Row], names: Sequence[str]) -> RenderableType:
    """Return some columns of rows; numbers stand to the right."""
    table = Table(box=None, header_style="bold", pad_edge=False)
    for name in names:
        table.add_column(name, justify="right" if is_number(name, rows) else "left", overflow="fold")
    for row in rows:
        table.add_row(*(Text(shown(name, row.get(name))) for name in names))
    return table
