"""Rows as CSV and Parquet."""

from __future__ import annotations

import io
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import glassnet as gn
from glassnet_files.files import check_ending
from glassnet_runs.columns import columns_of
from glassnet_runs.run_row import Row
from glassnet_runs.run_table import RunTable


def write_csv(table: RunTable, path: Path) -> None:
    """Write rows as CSV, with all columns.

    Raises
    ------
    FileError
        If the file cannot be written, or its ending names another format.
    """
    content = io.BytesIO()
    _frame(table.rows).write_csv(content)
    gn.atomic_write(check_ending(path, [".csv"], "this table is written as CSV"), content.getvalue())


def write_parquet(table: RunTable, path: Path) -> None:
    """Write rows as Parquet, with all columns; raises as `write_csv` does."""
    content = io.BytesIO()
    _frame(table.rows).write_parquet(content)
    gn.atomic_write(check_ending(path, [".parquet"], "this table is written as Parquet"), content.getvalue())


def _frame(rows: Sequence[Row]) -> Any:
    import polars

    columns = columns_of(rows)
    return polars.DataFrame({name: [row.get(name) for row in rows] for name in columns}, strict=False)
