"""Workbooks of Excel and LibreOffice: the first sheet with a table, without titles above it."""

from __future__ import annotations

import io
from collections import Counter
from typing import Any

from glassnet.errors import DataError
from glassnet_tables.polars_import import imported, polars
from glassnet_tables.sheet_extent import check_sheets

_ROWS_LOOKED_AT = 30


def read_workbook(content: bytes) -> Any:
    """Return the first table of a workbook as a frame of polars.

    Raises
    ------
    DataError
        If no sheet has a row below the names of columns.
    OptionError
        If the library that reads workbooks is not installed.
    """
    fastexcel = imported("fastexcel", "reading a workbook")
    check_sheets(content)
    names = fastexcel.read_excel(content).sheet_names
    for name in names:
        header = _row_of_names(_read(content, name, has_header=False))
        if header is not None:
            return _read(content, name, read_options={"header_row": header})
    raise DataError(f"it has no sheet with a table (its sheets: {', '.join(names)}); give a row for each sample")


def _read(content: bytes, sheet: str, **options: Any) -> Any:
    return polars().read_excel(
        io.BytesIO(content), sheet_name=sheet, engine="calamine", raise_if_empty=False, drop_empty_rows=False, **options
    )


def _row_of_names(frame: Any) -> int | None:
    """Return the row with the names of columns, below titles of one cell; None if there is no row below it."""
    filled = [sum(cell is not None for cell in row) for row in frame.head(_ROWS_LOOKED_AT).rows()]
    counts = Counter(count for count in filled if count)
    if not counts:
        return None
    usual = max(counts, key=lambda count: (counts[count], count))
    first = next(place for place, count in enumerate(filled) if count > 1 or count == usual)
    return first if any(filled[first + 1 :]) else None
