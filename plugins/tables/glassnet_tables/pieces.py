"""Large tables in pieces, of which one at a time is in memory."""

from __future__ import annotations

import math
import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from glassnet_tables.column_names import unique_names
from glassnet_tables.databases import DATABASES, database_pieces
from glassnet_tables.json_lines import has_json_lines, json_pieces
from glassnet_tables.nested import flattened
from glassnet_tables.one_schema import in_one_schema
from glassnet_tables.polars_import import polars
from glassnet_tables.readers import ONE_READER, Readers, reads
from glassnet_tables.table_file import JSON_LINES, TEXT_ENDINGS, check_query, read_file
from glassnet_tables.text_lines import PACKED_ENDINGS, inner_ending
from glassnet_tables.text_pieces import text_pieces

Pieces = Callable[[], Iterator[Any]]
"""Reads a table from its beginning, in frames of polars with the same columns, of which there is at least one.

Of several processes that read it together, each gets None for the pieces of the others.
"""

# Above this size a file is read in pieces.
LARGE_BYTES = 256 * 2**20
# What a text file takes as a frame and while it is read, in times of its size.
TIMES_IN_MEMORY = 2
# The cells of a piece, and the most rows that it has.
_PIECE_CELLS = 4 * 2**20
_PIECE_ROWS = 65_536
# Packed text unpacks to about this number of times its size.
_PACKED_TIMES = 4
_SCANNED = {
    ".parquet": "scan_parquet",
    ".pq": "scan_parquet",
    ".feather": "scan_ipc",
    ".arrow": "scan_ipc",
    ".ipc": "scan_ipc",
}
# What Arrow's files begin with; its streams, which have no table of contents, begin otherwise.
_ARROW_FILE = b"ARROW1"


def is_large(path: Path, most: int) -> bool:
    """Return whether a file is read in pieces: if it has one of the formats for that, and more than `most` bytes."""
    if not path.is_file():
        return False
    ending = path.suffix.lower()
    size = path.stat().st_size
    if ending in PACKED_ENDINGS:
        return inner_ending(path) in (*TEXT_ENDINGS, *JSON_LINES, "") and size * _PACKED_TIMES > most
    if ending == ".json":
        return size > most and has_json_lines(path)
    if ending in _SCANNED and _SCANNED[ending] == "scan_ipc":
        return size > most and _begins_with(path, _ARROW_FILE)
    return ending in (*TEXT_ENDINGS, *JSON_LINES, *_SCANNED, *DATABASES) and size > most


def pieces_of(
    path: Path,
    separator: str | None = None,
    header: bool | None = None,
    query: str = "",
    readers: Readers = ONE_READER,
) -> Pieces:
    """Return what reads a file in frames of polars, in the order of its rows.

    Parameters
    ----------
    path
        A file for which `is_large` can be true.
    separator, header
        How a text file is written; None to find it out.
    query
        What to read of a database, in SQL.
    readers
        The processes that read the file together. Each reads a stretch of a Parquet or Feather file and nothing else;
        of text it makes frames of every N-th piece, and passes over the others.

    Raises
    ------
    FileError, DataError
        If it cannot be read, or is not a table; the message names the line. Pieces raise these too.
    """
    check_query(path, query)
    ending = path.suffix.lower()
    if ending in DATABASES:
        return in_one_schema(lambda: _own(database_pieces(path, query, _PIECE_ROWS), readers), readers)
    if inner_ending(path) in (*JSON_LINES, ".json"):
        return in_one_schema(lambda: json_pieces(path, readers), readers)
    if ending in _SCANNED:
        return lambda: _scanned(getattr(polars(), _SCANNED[ending])(path), readers)
    return lambda: text_pieces(path, separator, header, readers)


def frames_of_file(path: Path, **written: Any) -> Iterator[Any]:
    """Yield the rows of a file in one frame of polars, or in several if it is large.

    Parameters
    ----------
    path, written
        As `pieces_of` takes them.
    """
    path = Path(os.path.expanduser(path))
    if is_large(path, LARGE_BYTES):
        yield from pieces_of(path, **written)()
    else:
        yield read_file(path, **written)


def _scanned(lazy: Any, readers: Readers) -> Iterator[Any]:
    names = lazy.collect_schema().names()
    lazy = lazy.rename(dict(zip(names, unique_names(names, len(names)), strict=True)))
    rows = lazy.select(polars().len()).collect().item()
    count = max(1, min(_PIECE_ROWS, _PIECE_CELLS // len(names)))
    pieces = math.ceil(rows / count)
    own = range(pieces * readers.rank // readers.size, pieces * (readers.rank + 1) // readers.size)
    for number in range(pieces):
        yield flattened(lazy.slice(number * count, count).collect()) if number in own else None


def _own(frames: Iterator[Any], readers: Readers) -> Iterator[Any]:
    """Leave out the rows of a database that other processes have; the database gives them nevertheless."""
    return (frame if reads(readers, number) else None for number, frame in enumerate(frames))


def _begins_with(path: Path, mark: bytes) -> bool:
    with path.open("rb") as file:
        return file.read(len(mark)) == mark
