"""Text files in pieces that end with a whole row."""

from __future__ import annotations

import codecs
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from glassnet_tables.dialect import dialect_of
from glassnet_tables.readers import ONE_READER, Readers, reads
from glassnet_tables.text_lines import encoding_of, opened
from glassnet_tables.text_table import frame_of_lines, is_wrapped, unwrapped

_PIECE_BYTES = 16 * 2**20
_LOOKED_AT_BYTES = 2**20
# A row that is longer than this number of pieces has a quote that is not closed, and ends at the next line break.
_MOST_PIECES_A_ROW = 4


def _as_windows(error: UnicodeError) -> tuple[str, int]:
    """Return bytes that are not UTF-8 in the encoding of Windows, since the first part of a file may be ASCII."""
    if not isinstance(error, UnicodeDecodeError):
        raise error
    return error.object[error.start : error.end].decode("cp1252", "replace"), error.end


codecs.register_error("glassnet.windows", _as_windows)


def text_pieces(path: Path, separator: str | None, header: bool | None, readers: Readers = ONE_READER) -> Iterator[Any]:
    """Yield the rows of a text file, packed or not, in frames of polars whose columns are all text.

    None comes for the pieces of other processes.

    Raises
    ------
    FileError, DataError
        If it cannot be read, or is not a table; the message names the line.
    """
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
                is_own = reads(readers, number)
                if is_own or number == 0:  # the first piece has the names of the columns
                    frame, head = frame_of_lines(path, unwrapped(text) if wrapped else text, dialect, head, before)
                yield frame if is_own else None
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
