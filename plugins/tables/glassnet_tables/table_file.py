"""Files with tables: which reader reads which ending."""

from __future__ import annotations

import io
from collections.abc import Callable
from pathlib import Path
from typing import Any

from glassnet.errors import DataError, GlassnetError, OptionError
from glassnet_tables.column_names import unique_names
from glassnet_tables.databases import DATABASES, read_database
from glassnet_tables.extent import check_text
from glassnet_tables.json_file import frame_of_json
from glassnet_tables.json_lines import frame_of_json_lines
from glassnet_tables.nested import flattened
from glassnet_tables.polars_import import polars
from glassnet_tables.text_lines import PACKED_ENDINGS, file_bytes, inner_ending
from glassnet_tables.text_table import read_text
from glassnet_tables.workbooks import read_workbook

TEXT_ENDINGS = (".csv", ".tsv", ".tab", ".txt", ".data", ".dat")
JSON_LINES = (".jsonl", ".ndjson")


def _parquet(content: bytes) -> Any:
    return polars().read_parquet(io.BytesIO(content))


def _feather(content: bytes) -> Any:
    if content[:6] == b"ARROW1":
        return polars().read_ipc(io.BytesIO(content))
    return polars().read_ipc_stream(io.BytesIO(content))


_TYPED: dict[str, Callable[[bytes], Any]] = {
    ".parquet": _parquet,
    ".pq": _parquet,
    ".feather": _feather,
    ".arrow": _feather,
    ".ipc": _feather,
    ".xlsx": read_workbook,
    ".xls": read_workbook,
    ".ods": read_workbook,
}
ENDINGS = (*TEXT_ENDINGS, *PACKED_ENDINGS, *JSON_LINES, ".json", *_TYPED, *DATABASES)


def is_table_file(path: Path) -> bool:
    """Return whether the ending of a file is that of a table."""
    return path.suffix.lower() in ENDINGS


def read_file(path: Path, *, separator: str | None = None, header: bool | None = None, query: str = "") -> Any:
    """Return the table in a file as a frame of polars; the cells of a text file are all text.

    Parameters
    ----------
    path
        The file.
    separator, header
        How a text file is written; None to find it out.
    query
        What to read of a database, in SQL.

    Raises
    ------
    FileError, DataError
        If it cannot be read, or has no rows.
    OptionError
        If the library that reads it is not installed.
    """
    check_query(path, query)
    if path.suffix.lower() in DATABASES:
        return _checked(path, read_database(path, query))
    ending = inner_ending(path)
    if ending in (*JSON_LINES, ".json"):
        read = frame_of_json if ending == ".json" else frame_of_json_lines
        return _checked(path, read(path, file_bytes(path)))
    typed = _TYPED.get(ending)
    if typed is None:
        return _checked(path, read_text(path, separator, header))
    content = file_bytes(path)
    try:
        frame = typed(content)
        check_text(frame, len(content), str(path))
        return _checked(path, frame)
    except GlassnetError:
        raise
    except (Exception, polars().exceptions.PanicException) as error:  # the readers raise those of several libraries
        reason = str(error).strip().split("\n")[0] or type(error).__name__
        raise DataError(f"{path} is damaged, or its ending is wrong ({reason}); take another copy") from None


def check_query(path: Path, query: str) -> None:
    """Raise `OptionError` if there is a query for a file that is not a database."""
    if query and path.suffix.lower() not in DATABASES:
        raise OptionError(f"query={query!r} is for a database, and {path} is a file with one table; leave it out")


def _checked(path: Path, frame: Any) -> Any:
    if len(frame) == 0:
        raise DataError(f"{path} has no rows; give a line for each sample")
    frame = flattened(frame)
    return frame.rename(dict(zip(frame.columns, unique_names(frame.columns, frame.width), strict=True)))
