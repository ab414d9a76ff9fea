"""Tables in text files: separators, quotes, encodings, comments and headers are found out."""

from __future__ import annotations

import csv
import io
import re
from pathlib import Path
from typing import Any

import attrs

from glassnet.errors import DataError
from glassnet_tables.column_names import unique_names
from glassnet_tables.dialect import Dialect, cells_of, dialect_of
from glassnet_tables.polars_import import polars
from glassnet_tables.text_lines import decoded, file_bytes


def read_text(path: Path, separator: str | None = None, header: bool | None = None) -> Any:
    """Return the table in a text file as a frame of polars whose columns are all text.

    Parameters
    ----------
    path
        The file, which may be packed.
    separator, header
        What separates the cells, and whether the first line has names; None to find it out.

    Raises
    ------
    FileError, DataError
        If the file cannot be read, or is not a table; the message names the line.
    """
    text = decoded(file_bytes(path), path).replace("\r\n", "\n").replace("\r", "\n")
    if not text.strip():
        raise DataError(f"{path} is empty; give a table with a header and a line for each sample")
    text = unwrapped(text) if is_wrapped(text) else text
    frame, _ = frame_of_lines(path, text, dialect_of(text, separator, header))
    if len(frame) == 0:
        raise DataError(f"{path} has a header and no rows; give a line for each sample")
    return frame


def frame_of_lines(path: Path, text: str, dialect: Dialect, head: str = "", before: int = 0) -> tuple[Any, str]:
    """Return a part of a text file as a frame, and the line with the names of its columns.

    Parameters
    ----------
    path, text, dialect
        The file, some of its lines, and how they are written.
    head
        The line with the names if it came in a part before; empty for the first part.
    before
        The number of lines before this part, for messages.
    """
    pl = polars()
    if dialect.separator == " ":
        text, dialect = _with_tabs(text), attrs.evolve(dialect, separator="\t")
    else:
        text = _without_spaces(text, dialect.separator)
    if head:
        text, dialect, before = f"{head}\n{text}", attrs.evolve(dialect, skipped=0), before - 1
    frame, head = _frame(path, text, dialect, before)
    empty = frame.select(pl.all_horizontal(pl.all().fill_null("") == "")).to_series()
    return frame.filter(~empty), head


def is_wrapped(text: str) -> bool:
    """Return whether each line of a text is in quotes as a whole, as some programs write them."""
    lines = [line.rstrip("\r") for line in text.split("\n", 20)[:20] if line.strip()]
    return all(re.fullmatch(r'"(?:[^"]|"")*"', line) and '""' in line[1:-1] for line in lines)


def unwrapped(text: str) -> str:
    """Return a text without the quotes around each line."""
    return "\n".join(line[1:-1].replace('""', '"') for line in text.split("\n"))


def _without_spaces(text: str, separator: str) -> str:
    """Return text without the spaces between separators and quotes, if its first lines have some."""
    spaced = re.compile(rf'{re.escape(separator)} +"')
    return spaced.sub(f'{separator}"', text) if spaced.search("\n".join(text.split("\n", 20)[:20])) else text


def _with_tabs(text: str) -> str:
    """Return text with one tab for each run of spaces between cells."""
    lines = (re.sub(r'("[^"]*")|[ \t]+', lambda found: found[1] or "\t", line.strip()) for line in text.split("\n"))
    return "\n".join(lines)


def _frame(path: Path, text: str, dialect: Dialect, before: int) -> tuple[Any, str]:
    pl = polars()
    lines = text.split("\n", dialect.skipped)
    content = lines[dialect.skipped] if dialect.skipped else text
    first, second = _first_rows(content, dialect)
    if dialect.has_header and len(first) == len(second) - 1:
        content, first = _with_whole_header(content, dialect)
    content = content.lstrip("\n")
    try:
        frame = pl.read_csv(
            io.BytesIO(content.encode()),
            has_header=False,
            infer_schema=False,
            separator=dialect.separator,
            comment_prefix="#" if dialect.comments else None,
        )
    except (pl.exceptions.PolarsError, pl.exceptions.PanicException, OSError) as error:
        frame = _with_bare_quotes(content, dialect)
        if frame is None:
            raise _unreadable(path, text, dialect, before, error) from None
    width = frame.width
    if width < len(second):
        raise _unreadable(path, text, dialect, before, None)
    if not dialect.has_header:
        return frame.rename({old: f"column_{place}" for place, old in enumerate(frame.columns, 1)}), ""
    names = unique_names(first, width)
    head = dialect.separator.join(f'"{name.replace(chr(34), chr(34) * 2)}"' for name in names)
    return frame.slice(1).rename(dict(zip(frame.columns, names, strict=True))), head


def _with_bare_quotes(content: str, dialect: Dialect) -> Any:
    """Return text with a quote in the middle of a cell, such as ``5" pipe``, as a frame; None if it is not a table."""
    lines = (line for line in content.split("\n") if not (dialect.comments and line.startswith("#")))
    try:
        rows = [row for row in csv.reader((f"{line}\n" for line in lines), delimiter=dialect.separator) if row]
    except csv.Error:
        return None
    width = len(rows[0]) if rows else 0
    if not width or any(len(row) > width for row in rows):
        return None
    columns = zip(*(row + [""] * (width - len(row)) for row in rows), strict=True)
    return polars().DataFrame({f"column_{place}": list(cells) for place, cells in enumerate(columns, 1)})


def _with_whole_header(content: str, dialect: Dialect) -> tuple[str, list[str]]:
    """Return text whose header has one more cell, and the cells of the header.

    The first column has no name if it numbers the rows, as R writes it. The last one has none if each line ends with a
    separator.
    """
    lines = content.split("\n")
    place = next(place for place, line in enumerate(lines) if line.strip() and line[0] != "#")
    ends = all(line.rstrip().endswith(dialect.separator) for line in lines[place + 1 :] if line.strip())
    lines[place] = lines[place] + dialect.separator if ends else dialect.separator + lines[place]
    return "\n".join(lines), cells_of([lines[place]], dialect.separator)[0]


def _first_rows(content: str, dialect: Dialect) -> tuple[list[str], list[str]]:
    """Return the cells of the first two lines that are not comments."""
    rows = cells_of(
        [line for line in content.split("\n", 400)[:400] if line.strip() and not (dialect.comments and line[0] == "#")],
        dialect.separator,
    )
    return rows[0] if rows else [], rows[1] if len(rows) > 1 else []


def _unreadable(path: Path, text: str, dialect: Dialect, before: int, error: Exception | None) -> DataError:
    """Return the error for a text that is not a table, with the line if one has too many cells."""
    reader = csv.reader(io.StringIO(text), delimiter=dialect.separator)
    width = 0
    try:
        for cells in reader:
            if len(cells) > width > 0:
                return DataError(
                    f"{path}, line {before + reader.line_num}: {len(cells)} cells, and the header names {width} "
                    f"columns; put cells that contain {dialect.separator!r} in double quotes, or correct the line"
                )
            width = width or len(cells)
    except csv.Error as problem:
        return DataError(f"{path}, line {before + reader.line_num}: {problem}; check the quotes there")
    reason = str(error).split("\n")[0] if error else "its lines differ in length"
    return DataError(f"{path} is not a table ({reason}); check the quotes and the separators")
