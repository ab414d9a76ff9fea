"""Large tables in pieces, of which one at a time is in memory."""

from __future__ import annotations

import codecs
import math
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from glassnet_tables.dialect import dialect_of
from glassnet_tables.polars_import import polars
from glassnet_tables.readers import ONE_READER, Readers
from glassnet_tables.table_file import TEXT_ENDINGS
from glassnet_tables.text_lines import PACKED_ENDINGS, encoding_of, opened
from glassnet_tables.text_table import frame_of_lines, is_wrapped, unique_names, unwrapped

# Above this size a file is read in pieces.
LARGE_BYTES = 256 * 2**20
_PIECE_BYTES = 16 * 2**20
_PIECE_ROWS = 65_536
_LOOKED_AT_BYTES = 2**20
# A row that is longer than this number of pieces has a quote that is not closed, and ends at the next line break.
_MOST_PIECES_A_ROW = 4
# Packed text unpacks to about this number of times its size.
_PACKED_TIMES = 4
_SCANNED = {".parquet": "scan_parquet", ".pq": "scan_parquet", ".feather": "scan_ipc", ".arrow": "scan_ipc"}


def _as_windows(error: UnicodeError) -> tuple[str, int]:
    """Return bytes that are not UTF-8 in the encoding of Windows, since the first part of a file may be ASCII."""
    if not isinstance(error, UnicodeDecodeError):
        raise error
    return error.object[error.start : error.end].decode("cp1252", "replace"), error.end


codecs.register_error("glassnet.windows", _as_windows)


def is_large(path: Path, most: int) -> bool:
    """Return whether a file is read in pieces: text, Parquet or Feather that is larger than `most` bytes."""
    ending = path.suffix.lower()
    is_packed = ending in PACKED_ENDINGS
    inner = path.with_suffix("").suffix.lower() if is_packed else ending
    if inner not in (*TEXT_ENDINGS, *_SCANNED, *([""] if is_packed else [])) or (is_packed and inner in _SCANNED):
        return False
    return path.is_file() and path.stat().st_size * (_PACKED_TIMES if is_packed else 1) > most


def pieces(
    path: Path, separator: str | None, header: bool | None, readers: Readers = ONE_READER
) -> Iterator[tuple[int, Any]]:
    """Yield the rows of a file in frames of polars, in order, each with its number.

    Of several processes, each is given its own. Of Parquet and Feather this is a stretch of the file, and nothing else
    is read; of text it is every N-th piece, and the text between them is passed over.

    Raises
    ------
    FileError, DataError
        If it cannot be read, or is not a table; the message names the line.
    """
    scan = _SCANNED.get(path.suffix.lower())
    if scan is None:
        yield from _of_text(path, separator, header, readers)
    else:
        yield from _scanned(getattr(polars(), scan)(path), readers)


def _scanned(lazy: Any, readers: Readers) -> Iterator[tuple[int, Any]]:
    names = lazy.collect_schema().names()
    lazy = lazy.rename(dict(zip(names, unique_names(names, len(names)), strict=True)))
    rows = lazy.select(polars().len()).collect().item()
    count = math.ceil(rows / _PIECE_ROWS)
    for number in range(count * readers.rank // readers.size, count * (readers.rank + 1) // readers.size):
        yield number, lazy.slice(number * _PIECE_ROWS, _PIECE_ROWS).collect()


def _of_text(
    path: Path, separator: str | None, header: bool | None, readers: Readers
) -> Iterator[tuple[int, Any]]:
    with opened(path) as file:
        first = file.read(_LOOKED_AT_BYTES)
        encoding = encoding_of(first)
        decoder = codecs.getincrementaldecoder(encoding)("glassnet.windows" if encoding == "utf-8" else "replace")
        seen = codecs.getincrementaldecoder(encoding)("replace").decode(first)
        wrapped = is_wrapped(seen)
        dialect = dialect_of(unwrapped(seen) if wrapped else seen, separator, header)
        content, rest, head, before, number = first, "", "", 0, 0
        while True:
            rest += decoder.decode(content, final=not content).replace("\r\n", "\n")
            cut = len(rest) if not content else _end_of_row(rest)
            text, rest = rest[:cut], rest[cut:]
            if text.strip():
                is_own = number % readers.size == readers.rank
                if is_own or number == 0:  # the first piece has the names of the columns
                    frame, head = frame_of_lines(path, unwrapped(text) if wrapped else text, dialect, head, before)
                if is_own:
                    yield number, frame
                number += 1
            before += text.count("\n")
            if not content:
                return
            content = file.read(_PIECE_BYTES)


def _end_of_row(text: str) -> int:
    """Return where the last whole row ends: behind a line break that is not in quotes; 0 if there is none."""
    last = end = text.rfind("\n")
    in_quotes = text.count('"', 0, end) % 2
    while end >= 0 and in_quotes:
        start = text.rfind("\n", 0, end)
        in_quotes ^= text.count('"', start + 1, end) % 2
        end = start
    return (last if end < 0 and len(text) > _MOST_PIECES_A_ROW * _PIECE_BYTES else end) + 1
