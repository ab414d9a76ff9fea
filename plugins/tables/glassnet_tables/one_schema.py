"""Pieces of a table whose types are found out, as those of one table."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from glassnet_tables.polars_import import polars
from glassnet_tables.readers import ONE_READER, Readers


def in_one_schema(read: Callable[[], Iterator[Any]], readers: Readers = ONE_READER) -> Callable[[], Iterator[Any]]:
    """Return what reads the same frames with the columns of all of them, and with types that hold their values.

    The whole table is read once to find them out. A column without decimals in the first piece may have some in the
    last one. A field may be in a few lines alone.
    """
    added = {}
    schema: dict[str, Any] = {}
    for number, frame in enumerate(read()):
        if frame is not None and _add(frame.schema, schema):
            added[number] = dict(frame.schema)
    of_all = {number: each for theirs in readers.gather(added) for number, each in theirs.items()}
    schema = {}
    for number in sorted(of_all):  # in the order of the table
        _add(of_all[number], schema)
    return lambda: (None if frame is None else _with(frame, schema) for frame in read())


def _add(new: Mapping[str, Any], schema: dict[str, Any]) -> bool:
    """Add columns and types to a schema; return whether that changes it."""
    before = dict(schema)
    for name, dtype in new.items():
        known = schema.get(name, dtype)
        schema[name] = dtype if known == dtype else _common(known, dtype)
    return schema != before


def _common(one: Any, other: Any) -> Any:
    pl = polars()
    empty = [pl.DataFrame({"": []}, schema={"": dtype}) for dtype in (one, other)]
    try:
        return pl.concat(empty, how="vertical_relaxed").dtypes[0]
    except pl.exceptions.PolarsError:
        return pl.String


def _with(frame: Any, schema: dict[str, Any]) -> Any:
    pl = polars()
    return frame.select(
        pl.col(name).cast(dtype, strict=False) if name in frame.columns else pl.lit(None, dtype).alias(name)
        for name, dtype in schema.items()
    )
