"""Columns whose cells are not single values, as JSON and Parquet hold them: parts, lists and durations."""

from __future__ import annotations

import json
from typing import Any

from glassnet_tables.polars_import import polars

JOINED_BY = "."


def flattened(frame: Any) -> Any:
    """Return a frame of polars with one value in each cell.

    A column ``home`` of two parts becomes ``home.city`` and ``home.zip``, a list its text, a duration its seconds.
    """
    pl = polars()
    while any(isinstance(dtype, pl.Struct) for dtype in frame.dtypes):
        columns: dict[str, Any] = {}
        for column in frame:
            is_nested = isinstance(column.dtype, pl.Struct)
            parts = {f"{column.name}{JOINED_BY}{part}": column.struct.field(part) for part in _parts(column)}
            columns |= parts if is_nested else {column.name: column}
        frame = pl.DataFrame([column.alias(name) for name, column in columns.items()])
    others = [name for name, dtype in frame.schema.items() if isinstance(dtype, (pl.List, pl.Array, pl.Duration))]
    return frame.with_columns(_single_values(frame[name]) for name in others) if others else frame


def _single_values(column: Any) -> Any:
    pl = polars()
    if column.dtype == pl.Duration:
        return column.dt.total_microseconds() / 1e6
    cells = [None if cell is None else json.dumps(cell, ensure_ascii=False, default=str) for cell in column.to_list()]
    return pl.Series(column.name, cells, dtype=pl.String)


def _parts(column: Any) -> list[str]:
    return [each.name for each in column.dtype.fields] if isinstance(column.dtype, polars().Struct) else []


def flattened_row(row: Any, before: str = "") -> dict[str, Any]:
    """Return a dict in which dicts are replaced by their entries, under names as `flattened` gives them."""
    found: dict[str, Any] = {}
    for name, value in row.items():
        inner = flattened_row(value, f"{before}{name}{JOINED_BY}") if isinstance(value, dict) else None
        found |= inner if inner is not None else {f"{before}{name}": value}
    return found
