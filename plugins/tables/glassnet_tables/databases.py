"""Tables in databases: the result of a query, or the only table."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

from glassnet.errors import DataError, FileError
from glassnet_files.files import check_regular
from glassnet_tables.polars_import import imported, polars

_SQLITE_TABLES = "select name from sqlite_master where type in ('table', 'view') and name not like 'sqlite_%'"
_DUCKDB_TABLES = "select table_name from information_schema.tables"
# A view in the file could read any other file, or load one from the network.
_OWN_FILE_ALONE = {"enable_external_access": "false"}


def read_database(path: Path, query: str) -> Any:
    """Return the result of a query as a frame of polars.

    Raises
    ------
    FileError, DataError
        If the database cannot be read, or the query is wrong.
    OptionError
        If the library that reads it is not installed.
    """
    return next(database_pieces(path, query, None))


def database_pieces(path: Path, query: str, rows: int | None) -> Iterator[Any]:
    """Yield the result of a query in frames of polars with up to some number of rows; None for all at once."""
    try:
        check_regular(path)
        path.open("rb").close()
    except OSError as error:
        raise FileError(f"cannot read {path}: {error.strerror or error}; check the path") from None
    yield from DATABASES[path.suffix.lower()](path, query, rows)


def _of_sqlite(path: Path, query: str, rows: int | None) -> Iterator[Any]:
    try:
        with closing(sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro", uri=True)) as connection:
            yield from _result(connection, query, _SQLITE_TABLES, path, rows)
    except sqlite3.Error as error:
        raise _wrong(path, query, error) from None


def _of_duckdb(path: Path, query: str, rows: int | None) -> Iterator[Any]:
    duckdb = imported("duckdb", "reading a database of DuckDB")
    try:
        with closing(duckdb.connect(str(path), read_only=True, config=_OWN_FILE_ALONE)) as connection:
            # With several threads the order of the rows may differ between two passes.
            connection.execute("set threads = 1")
            yield from _result(connection, query, _DUCKDB_TABLES, path, rows)
    except duckdb.Error as error:
        raise _wrong(path, query, error) from None


DATABASES: dict[str, Callable[[Path, str, int | None], Iterator[Any]]] = {
    ".sqlite": _of_sqlite,
    ".sqlite3": _of_sqlite,
    ".db": _of_sqlite,
    ".duckdb": _of_duckdb,
}


def _result(connection: Any, query: str, names: str, path: Path, rows: int | None) -> Iterator[Any]:
    cursor = connection.execute(query or f"select * from {_only_table(connection, names, path)}")
    columns = [each[0] for each in cursor.description or ()]
    found = cursor.fetchall() if rows is None else cursor.fetchmany(rows)
    while True:
        yield polars().DataFrame(found, schema=columns, orient="row", infer_schema_length=None)
        found = [] if rows is None else cursor.fetchmany(rows)
        if not found:
            return


def _only_table(connection: Any, names: str, path: Path) -> str:
    tables = [name for (name,) in connection.execute(names).fetchall()]
    if len(tables) != 1:
        listed = ", ".join(tables) or "none"
        raise DataError(f"{path} has {len(tables)} tables ({listed}); say what to read: --query 'select * from …'")
    quoted = tables[0].replace('"', '""')
    return f'"{quoted}"'


def _wrong(path: Path, query: str, error: Exception) -> DataError:
    asked = f" for the query {query!r}" if query else ""
    return DataError(f"{path} gives no table{asked} ({str(error).splitlines()[0]}); correct the query or the file")
