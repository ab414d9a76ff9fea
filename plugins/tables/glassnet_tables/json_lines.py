"""JSON lines: an object in each line, whose entries are the cells of a row."""

from __future__ import annotations

import codecs
import io
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from glassnet.errors import DataError
from glassnet_tables.extent import check_cells
from glassnet_tables.nested import JOINED_BY, flattened, flattened_row
from glassnet_tables.polars_import import polars
from glassnet_tables.readers import ONE_READER, Readers, reads
from glassnet_tables.text_lines import opened

_PIECE_BYTES = 16 * 2**20
# Objects in objects that polars reads fast: what it takes grows with the third power of their depth.
_DEEPEST = 32


def frame_of_json_lines(path: Path, content: bytes, before: int = 0) -> Any:
    """Return some lines of a file as a frame of polars.

    Parameters
    ----------
    path, content
        The file, and the lines.
    before
        The number of lines before these, for messages.

    Raises
    ------
    DataError
        If a line is not an object of JSON; the message names it.
    """
    pl = polars()
    content = content.removeprefix(codecs.BOM_UTF8)
    if any(key.count(JOINED_BY) > _DEEPEST for key in _checked_keys(path, content, before)):
        return _line_by_line(path, content, before)
    try:
        return flattened(pl.read_ndjson(io.BytesIO(content), infer_schema_length=None))
    except (pl.exceptions.PolarsError, pl.exceptions.PanicException):
        # Slower, takes NaN and cells of several types.
        return _line_by_line(path, content, before)


def _checked_keys(path: Path, content: bytes, before: int) -> set[str]:
    """Return the keys of all lines; raise `DataError` if one is wrong, or most cells are empty."""
    lines = _numbered(content, before)
    keys: set[str] = set()
    for number, line in lines:
        keys.update(flattened_row(_row(path, line, number)))
        check_cells(len(lines), len(keys), len(content), str(path))
    return keys


def has_json_lines(path: Path) -> bool:
    """Return whether the first line of a file is an object of JSON, and not the beginning of a longer text."""
    with opened(path) as file:
        first, end, _ = file.read(_PIECE_BYTES).lstrip().partition(b"\n")
    try:
        return bool(end) and isinstance(json.loads(first.decode("utf-8-sig")), dict)
    except (ValueError, RecursionError):
        return False


def json_pieces(path: Path, readers: Readers = ONE_READER) -> Iterator[Any]:
    """Yield the rows of a file in frames of polars, in order; their columns may differ. None is others' to read."""
    with opened(path) as file:
        rest, before, number = b"", 0, 0
        while content := file.read(_PIECE_BYTES):
            lines, end, rest = (rest + content).rpartition(b"\n")
            if lines.strip():
                yield frame_of_json_lines(path, lines, before) if reads(readers, number) else None
                number += 1
            before += lines.count(b"\n") + len(end)
        if rest.strip():
            yield frame_of_json_lines(path, rest, before) if reads(readers, number) else None


def _line_by_line(path: Path, content: bytes, before: int) -> Any:
    rows = [_row(path, line, number) for number, line in _numbered(content, before)]
    return frame_of_rows(path, rows, len(content))


def _numbered(content: bytes, before: int) -> list[tuple[int, bytes]]:
    """Return the lines that are not empty, with their numbers."""
    return [(number, line) for number, line in enumerate(content.split(b"\n"), before + 1) if line.strip()]


def frame_of_rows(path: Path, rows: list[Any], size: int) -> Any:
    """Return dicts, which may have dicts in them, as a frame of polars.

    Parameters
    ----------
    path, rows
        The file, and the dicts.
    size
        The bytes in which they are written.

    Raises
    ------
    DataError
        If most cells are empty because each dict has keys of its own.
    """
    flat = [flattened_row(row) for row in rows]
    names = list(dict.fromkeys(name for row in flat for name in row))
    check_cells(len(rows), len(names), size, str(path))
    return polars().DataFrame([_column(name, [row.get(name) for row in flat]) for name in names])


def reason_of(error: ValueError | RecursionError) -> str:
    """Return why a text is not the JSON of a table."""
    if isinstance(error, RecursionError):
        return "it is nested too deep"
    if isinstance(error, UnicodeDecodeError):
        return "it is not UTF-8"
    return error.msg if isinstance(error, json.JSONDecodeError) else "a number has too many digits"


def _row(path: Path, line: bytes, number: int) -> dict[str, Any]:
    try:
        row = json.loads(line)
    except (ValueError, RecursionError) as error:
        reason = reason_of(error)
        raise DataError(f"{path}, line {number}: not JSON ({reason}); correct the line, or take another copy") from None
    if not isinstance(row, dict):
        raise DataError(
            f'{path}, line {number}: {type(row).__name__} instead of an object; write a line as {{"NAME": VALUE, …}}'
        )
    return row


def _column(name: str, cells: list[Any]) -> Any:
    """Return cells as a column of numbers, or truth values, or else of text."""
    pl = polars()
    types = {type(cell) for cell in cells if cell is not None}
    if types <= {int, float} or types == {bool}:
        return pl.Series(name, cells, dtype=pl.Boolean if types == {bool} else pl.Float64, strict=False)
    return pl.Series(name, [_text(cell) for cell in cells], dtype=pl.String)


def _text(cell: Any) -> str | None:
    return cell if cell is None or isinstance(cell, str) else json.dumps(cell, ensure_ascii=False)
