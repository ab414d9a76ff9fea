"""Workbooks of Excel and LibreOffice: the first sheet with a table, without titles above it."""

from __future__ import annotations

import io
import re
import zipfile
from collections import Counter
from contextlib import suppress
from typing import Any

from glassnet.errors import DataError
from glassnet_tables.polars_import import imported, polars

_ROWS_LOOKED_AT = 30
# A cell that holds something takes more than a byte; the reader keeps all up to the last row and column.
_MOST_EMPTY_CELLS = 8_000_000
_PLACE = re.compile(rb"""\br\s*=\s*["']([A-Z]{1,3})([0-9]{1,7})["']""")
_PIECE_BYTES, _LONGEST_PLACE = 2**20, 64


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
    _check_extent(content)
    names = fastexcel.read_excel(content).sheet_names
    for name in names:
        header = _row_of_names(_read(content, name, has_header=False))
        if header is not None:
            return _read(content, name, read_options={"header_row": header})
    raise DataError(f"it has no sheet with a table (its sheets: {', '.join(names)}); give a row for each sample")


def _check_extent(content: bytes) -> None:
    """Raise `DataError` if a sheet of Excel has a cell so far from the others that all between need much memory."""
    with suppress(zipfile.BadZipFile), zipfile.ZipFile(io.BytesIO(content)) as archive:
        for member in archive.infolist():
            if member.filename.endswith(".xml"):
                row, column = _last_cell(archive, member)
                if row * column > _MOST_EMPTY_CELLS + member.file_size:
                    raise DataError(
                        f"a sheet has cells up to row {row:,} and column {column:,}, nearly all of them empty; "
                        "remove the cells that are far from the table"
                    )


def _last_cell(archive: zipfile.ZipFile, member: zipfile.ZipInfo) -> tuple[int, int]:
    """Return the last row and the last column in which a sheet has a cell, from 1."""
    row, names, rest = 0, {b""}, b""
    with archive.open(member) as file:
        while piece := file.read(_PIECE_BYTES):
            for name, number in _PLACE.findall(rest + piece):
                row = max(row, int(number))
                names.add(name)
            rest = piece[-_LONGEST_PLACE:]
    return row, max(map(_column_number, names))


def _column_number(name: bytes) -> int:
    """Return the number of a column that has this name: A is 1, AA is 27."""
    number = 0
    for letter in name:
        number = 26 * number + letter - ord("A") + 1
    return number


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
