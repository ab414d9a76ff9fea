"""How far the cells of a workbook reach: its reader keeps all cells up to the last row and column."""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Mapping
from contextlib import suppress
from xml.parsers import expat

from glassnet_tables.extent import check_cells

_PLACE = re.compile(rb"""\br\s*=\s*["']([A-Z]{1,3})([0-9]{1,7})["']""")
_PIECE_BYTES, _LONGEST_PLACE = 2**20, 64
_SHEETS_OF_LIBREOFFICE = "content.xml"


def check_sheets(content: bytes) -> None:
    """Raise `DataError` if a sheet has a cell so far from the others that all between need much memory."""
    with suppress(zipfile.BadZipFile), zipfile.ZipFile(io.BytesIO(content)) as archive:
        for member in archive.infolist():
            if member.filename.endswith(".xml"):
                is_libreoffice = member.filename == _SHEETS_OF_LIBREOFFICE
                row, column = (_last_counted_cell if is_libreoffice else _last_named_cell)(archive, member)
                check_cells(row, column, member.file_size, "a sheet")


def _last_named_cell(archive: zipfile.ZipFile, member: zipfile.ZipInfo) -> tuple[int, int]:
    """Return the last row and the last column in which a sheet of Excel has a cell, from 1."""
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


def _last_counted_cell(archive: zipfile.ZipFile, member: zipfile.ZipInfo) -> tuple[int, int]:
    """Return the last row and the last column in which a sheet of LibreOffice has a cell that holds something."""
    count = _CellCount()
    parser = expat.ParserCreate()
    parser.StartElementHandler = count.start
    with suppress(expat.ExpatError), archive.open(member) as file:  # the reader says what is damaged
        parser.ParseFile(file)
    return count.last_row, count.last_column


class _CellCount:
    """Counts rows and cells of LibreOffice, which say how often they are repeated instead of where they are."""

    def __init__(self) -> None:
        self.last_row = self.last_column = 0
        self._row = self._column = 0

    def start(self, name: str, attributes: Mapping[str, str]) -> None:
        """Count an element that begins."""
        if name == "table:table":
            self._row = 0
        elif name == "table:table-row":
            self._row += _times(attributes, "table:number-rows-repeated")
            self._column = 0
        elif name in ("table:table-cell", "table:covered-table-cell"):
            self._column += _times(attributes, "table:number-columns-repeated")
            if any(each.startswith("office:") for each in attributes):
                self.last_row = max(self.last_row, self._row)
                self.last_column = max(self.last_column, self._column)


def _times(attributes: Mapping[str, str], name: str) -> int:
    times = attributes.get(name, "1")
    return int(times) if re.fullmatch("[0-9]{1,9}", times) else 1
