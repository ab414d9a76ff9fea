"""Tables in databases: the result of a query, or the only table."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

from glassnet.errors import DataError, FileError
from glassnet_files.files import check_regular
from glassnet_tables.polars_import import imported, polars


def read_sqlite(path: Path, query: str) -> Any:
    """Return the result of a query of a database of SQLite as a frame of polars."""
    _check_exists(path)
    try:
        with closing(sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro", uri=True)) as connection:
            names = "select name from sqlite_master where type in ('table', 'view') and name not like 'sqlite_%'"
            return _result(connection, query, names, path)
    except sqlite3.Error as error:
        raise _wrong(path, query, error) from None


def read_duckdb(path: Path, query: str) -> Any:
    """Return the result of a query of a database of DuckDB as a frame of polars."""
    _check_exists(path)
    duckdb = imported("duckdb", "reading a database of DuckDB")
    try:
        with closing(duckdb.connect(str(path), read_only=True)) as connection:
            return _result(connection, query, "select table_name from information_schema.tables", path)
    except duckdb.Error as error:
        raise _wrong(path, query, error) from None


def _check_exists(path: Path) -> None:
    try:
        check_regular(path)
        path.open("rb").close()
    except OSError as error:
        raise FileError(f"cannot read {path}: {error.strerror or error}; check the path") from None


def _result(connection: Any, query: str, names: str, path: Path) -> Any:
    if not query:
        tables = [name for (name,) in connection.execute(names).fetchall()]
        if len(tables) != 1:
            listed = ", ".join(tables) or "none"
            raise DataError(f"{path} has {len(tables)} tables ({listed}); say what to read: --query 'select * from …'")
        quoted = tables[0].replace('"', '""')
        query = f'select * from "{quoted}"'
    cursor = connection.execute(query)
    columns = [each[0] for each in cursor.description]
    return polars().DataFrame(cursor.fetchall(), schema=columns, orient="row", infer_schema_length=None)


def _wrong(path: Path, query: str, error: Exception) -> DataError:
    asked = f" for the query {query!r}" if query else ""
    return DataError(f"{path} gives no table{asked} ({str(error).splitlines()[0]}); correct the query or the file")
