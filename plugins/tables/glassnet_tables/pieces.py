"""Large tables in pieces, of which one at a time is in memory."""

from __future__ import annotations

import codecs
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from glassnet_tables.dialect import dialect_of
from glassnet_tables.polars_import import polars
from glassnet_tables.table_file import TEXT_ENDINGS
from glassnet_tables.text_lines import encoding_of
from glassnet_tables.text_table import frame_of_lines

# Above this size a file is read in pieces.
LARGE_BYTES = 256 * 2**20
_PIECE_BYTES = 16 * 2**20
_PIECE_ROWS = 65_536
_LOOKED_AT_BYTES = 2**20
_PARQUET = (".parquet", ".pq")


def is_large(path: Path, most: int) -> bool:
    """Return whether a file is read in pieces: text or Parquet that is larger than `most` bytes."""
    ending = path.suffix.lower()
    return ending in (*TEXT_ENDINGS, *_PARQUET) and path.is_file() and path.stat().st_size > most


def pieces(path: Path, separator: str | None, header: bool | None) -> Iterator[Any]:
    """Yield the rows of a file in frames of polars, in order."""
    if path.suffix.lower() in _PARQUET:
        yield from _of_parquet(path)
    else:
        yield from _of_text(path, separator, header)


def _of_parquet(path: Path) -> Iterator[Any]:
    pl = polars()
    lazy = pl.scan_parquet(path)
    rows = lazy.select(pl.len()).collect().item()
    for start in range(0, rows, _PIECE_ROWS):
        yield lazy.slice(start, _PIECE_ROWS).collect()


def _of_text(path: Path, separator: str | None, header: bool | None) -> Iterator[Any]:
    with path.open("rb") as file:
        first = file.read(_LOOKED_AT_BYTES)
        encoding = encoding_of(first)
        dialect = dialect_of(codecs.getincrementaldecoder(encoding)("replace").decode(first), separator, header)
        file.seek(0)
        decoder = codecs.getincrementaldecoder(encoding)("replace")
        head, rest = "", ""
        while True:
            content = file.read(_PIECE_BYTES)
            rest += decoder.decode(content, final=not content).replace("\r\n", "\n")
            cut = len(rest) if not content else _end_of_row(rest)
            text, rest = rest[:cut], rest[cut:]
            if text.strip():
                frame, head = frame_of_lines(path, text, dialect, head)
                yield frame
            if not content:
                return


def _end_of_row(text: str) -> int:
    """Return where the last whole row ends: behind a line break that is not in quotes; 0 if there is none."""
    end = text.rfind("\n")
    while end >= 0 and text.count('"', 0, end) % 2:
        end = text.rfind("\n", 0, end)
    return end + 1
