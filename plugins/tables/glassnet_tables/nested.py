"""Columns whose cells have named parts, as JSON and Parquet hold them, as a column for each part."""

from __future__ import annotations

from typing import Any

from glassnet_tables.polars_import import polars

_JOINED_BY = "."


def flattened(frame: Any) -> Any:
    """Return a frame of polars in which a column ``home`` with two parts is two: ``home.city`` and ``home.zip``."""
    pl = polars()
    while any(isinstance(dtype, pl.Struct) for dtype in frame.dtypes):
        columns: dict[str, Any] = {}
        for column in frame:
            is_nested = isinstance(column.dtype, pl.Struct)
            parts = {f"{column.name}{_JOINED_BY}{part}": column.struct.field(part) for part in _parts(column)}
            columns |= parts if is_nested else {column.name: column}
        frame = pl.DataFrame([column.alias(name) for name, column in columns.items()])
    return frame


def _parts(column: Any) -> list[str]:
    return [each.name for each in column.dtype.fields] if isinstance(column.dtype, polars().Struct) else []


def flattened_row(row: Any, before: str = "") -> dict[str, Any]:
    """Return a dict in which dicts are replaced by their entries, under names as `flattened` gives them."""
    found: dict[str, Any] = {}
    for name, value in row.items():
        inner = flattened_row(value, f"{before}{name}{_JOINED_BY}") if isinstance(value, dict) else None
        found |= inner if inner is not None else {f"{before}{name}": value}
    return found
