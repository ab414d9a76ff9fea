"""Bounds on what a small file asks for: cells that it does not hold, and text that it holds once and repeats."""

from __future__ import annotations

from typing import Any

from glassnet.errors import DataError
from glassnet_tables.polars_import import polars

# A cell that holds something takes a few bytes of a file, and any cell 8 bytes or more in memory.
_MOST_EMPTY_CELLS = 8_000_000
_CELLS_PER_BYTE = 2
# As for packed text files.
_MOST_TEXT_BYTES = 64 * 2**20
_MOST_TIMES = 100


def check_cells(rows: int, columns: int, size: int, where: str) -> None:
    """Raise `DataError` if a table has many times as many cells as its file can hold.

    Parameters
    ----------
    rows, columns
        How far the table reaches.
    size
        The bytes in which its cells are written.
    where
        The name of the table in the message.
    """
    if rows * columns > _MOST_EMPTY_CELLS + _CELLS_PER_BYTE * size:
        raise DataError(
            f"{where} has {rows:,} rows and {columns:,} columns or more, nearly all of the cells empty or repeated; "
            "give a table whose rows have the same columns"
        )


def check_text(frame: Any, size: int, where: str) -> None:
    """Raise `DataError` if the text of a frame of polars is many times as long as its file, which repeats it."""
    pl = polars()
    plain = frame.with_columns(pl.col(pl.Categorical, pl.Enum).cast(pl.String))
    long = sum(
        column.estimated_size()
        for column in plain
        if isinstance(column.dtype, (pl.String, pl.Binary, pl.List, pl.Array, pl.Struct))
    )
    if long > _MOST_TEXT_BYTES + _MOST_TIMES * size:
        raise DataError(
            f"{where} has {size:,} bytes, and its columns of text {long:,}, nearly all of them repeated; "
            "leave out the columns of long text"
        )
