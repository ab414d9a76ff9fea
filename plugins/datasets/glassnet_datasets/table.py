"""Tables: a text file with a header, read column by column."""

from __future__ import annotations

import csv
import math
from dataclasses import dataclass
from pathlib import Path

import numpy as np

import glassnet as gn

_DELIMITERS = (",", ";", "\t", "|")
# How people write that there is nothing, in lower case.
_MISSING = frozenset({"", "?", "na", "n/a", "nan", "null"})


@dataclass(frozen=True)
class Table:
    """A table of text.

    Attributes
    ----------
    path
        The file.
    columns
        The cells of each column by its name, without the spaces around them.
    lines
        The line of the file on which each row ends, counted from 1.
    """

    path: Path
    columns: dict[str, list[str]]
    lines: list[int]

    def __len__(self) -> int:
        return len(self.lines)

    def require(self, name: str) -> None:
        """Refuse a name that no column has."""
        if name not in self.columns:
            raise gn.DataError(
                f"{self.path} has no column {name!r}{gn.did_you_mean(name, self.columns)} "
                f"(its columns: {', '.join(self.columns)})"
            )

    def column(self, name: str) -> list[str]:
        """Return the cells of a column, none of which is missing.

        Raises
        ------
        DataError
            When there is no such column, or a cell in it is empty.
        """
        self.require(name)
        cells = self.columns[name]
        for row, cell in enumerate(cells):
            if cell.lower() in _MISSING:
                raise gn.DataError(
                    f"{self.path}, line {self.lines[row]}: no value for {name!r} (got {cell!r}); fill it in, or leave "
                    "out the row or the column"
                )
        return cells

    def numbers(self, name: str) -> gn.Array | None:
        """Return a column as numbers, or None where none of its cells is one.

        Raises
        ------
        DataError
            When some are and some are not, or one is not finite.
        """
        cells = self.column(name)
        numbers = np.array([_number(cell) for cell in cells])
        wrong = np.flatnonzero(~np.isfinite(numbers))
        if len(wrong) == 0:
            return numbers
        if np.isnan(numbers).all():
            return None
        row = int(wrong[0])
        raise gn.DataError(
            f"{self.path}, line {self.lines[row]}: column {name!r} holds numbers, and {cells[row]!r} is not a finite "
            f"number; "
            f"correct it, or read the column as categories with categorical=[{name!r}]"
        )


def _number(cell: str) -> float:
    """Return a cell as a number, NaN where it is none; cells that say NaN are missing ones."""
    try:
        return float(cell)
    except ValueError:
        return math.nan


def delimiter_of(path: Path) -> str:
    """Return what separates the names in the first line of a file: the most frequent of the usual signs.

    Raises
    ------
    FileError
        When the file cannot be read.
    """
    try:
        gn.check_regular(path)
        with path.open(encoding="utf-8-sig", errors="replace") as file:
            header = file.readline()
    except (OSError, ValueError) as error:  # ValueError: a null character in the path
        raise _unreadable(path, error) from None
    return max(_DELIMITERS, key=header.count)


def read_table(path: Path, delimiter: str) -> Table:
    """Read a table: a line with the columns' names, then a line for each row; empty lines do not count.

    Raises
    ------
    FileError
        When the file cannot be read.
    DataError
        If the file is not a valid table: no text, no rows, a row that is too long or too short, a name that is missing
        or given twice.
    """
    try:
        gn.check_regular(path)
        # The spelling of UTF-8 that takes the mark which spreadsheets put in front.
        with path.open(encoding="utf-8-sig", newline="") as file:
            reader = csv.reader(file, delimiter=delimiter, strict=True)
            numbered = [([cell.strip() for cell in cells], reader.line_num) for cells in reader if any(cells)]
    except OSError as error:
        raise _unreadable(path, error) from None
    except UnicodeDecodeError as error:
        raise gn.DataError(f"{path} is not UTF-8 text ({error.reason}); save it as CSV in UTF-8") from None
    except ValueError as error:  # a null character in the path
        raise _unreadable(path, error) from None
    except csv.Error as error:
        raise gn.DataError(f"{path}, line {reader.line_num}: {error}; check the quotes there") from None
    if not numbered:
        raise gn.DataError(f"{path} is empty; give a table with a header and a line for each sample")
    (header, _), *rows = numbered
    _check_header(path, header, delimiter)
    if not rows:
        raise gn.DataError(f"{path} has a header and no rows; give a line for each sample")
    for cells, line in rows:
        if len(cells) != len(header):
            raise gn.DataError(
                f"{path}, line {line}: {len(cells)} cells, and the header names {len(header)} columns; "
                f"put cells that contain {delimiter!r} in double quotes, or correct the line"
            )
    columns = {name: [cells[place] for cells, _ in rows] for place, name in enumerate(header)}
    return Table(path, columns, [line for _, line in rows])


def _unreadable(path: Path, error: OSError | ValueError) -> gn.FileError:
    return gn.FileError(
        f"cannot read {path}: {getattr(error, 'strerror', None) or error}; check that it is a file and may be read"
    )


def _check_header(path: Path, header: list[str], delimiter: str) -> None:
    if len(header) == 1:
        other = next((each for each in ";\t,|" if each in header[0]), None)
        hint = f"; it looks as if delimiter={other!r} were meant" if other else ""
        raise gn.DataError(f"{path} has a single column, {header[0]!r}, with delimiter={delimiter!r}{hint}")
    for place, name in enumerate(header):
        if not name:
            raise gn.DataError(f"{path}: column {place + 1} has no name; give each column one in the first line")
        if name in header[:place]:
            raise gn.DataError(f"{path} has two columns called {name!r}; rename one of them")
    counted = [str(place) for place in range(len(header))]  # as pandas names the columns of an array
    if header != counted and np.isfinite([_number(name) for name in header]).all():
        gn.warn(
            f"the first line of {path} holds numbers alone ({delimiter.join(header)[:40]}), and is taken for names; "
            "put a line with the names of the columns in front of the samples"
        )
