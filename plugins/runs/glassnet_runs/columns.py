"""Which columns a table of runs has, and how their values are shown."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from glassnet_commands.formatting import figure_text
from glassnet_runs.run_row import FIRST, Row

# What a terminal has room for; the other columns are in the files.
_SHOWN = ("run", "status", "dataset", "epochs", "seconds", "epoch")
_MOST_FIGURES = 6


def columns_of(rows: Sequence[Row]) -> list[str]:
    """Return the columns of rows: what a run was given first, then its figures, then the findings."""
    names = dict.fromkeys(name for row in rows for name in row)
    first = [name for name in FIRST if name in names]
    figures = [name for name in names if name not in FIRST and name != "findings"]
    return [*first, *figures, *(["findings"] if "findings" in names else [])]


def shown_columns(rows: Sequence[Row]) -> list[str]:
    """Return the columns that are shown if none are asked for: of many figures, those of new data."""
    known = [name for name in columns_of(rows) if any(row.get(name) is not None for row in rows)]
    first = [name for name in known if name in _SHOWN]
    figures = [name for name in known if name not in FIRST and name not in _SHOWN and name != "findings"]
    by_weight = sorted(figures, key=lambda name: (not name.startswith("test_"), not name.startswith("val_")))
    kept = by_weight[:_MOST_FIGURES]
    return [*first, *(name for name in figures if name in kept)]


def shown(name: str, value: Any) -> str:
    """Return a value as text; nothing if there is none."""
    if value is None:
        return ""
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        return str(value)
    if isinstance(value, int):
        return str(value) if name in ("seed", "epoch", "epochs") else f"{value:,}"
    return f"{value:.1f}" if name == "seconds" else figure_text(value)


def is_number(name: str, rows: Sequence[Row]) -> bool:
    """Return whether a column has numbers."""
    return any(isinstance(row.get(name), (int, float)) for row in rows)
