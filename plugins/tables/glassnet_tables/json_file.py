"""JSON files: a list of objects, or one of the other ways in which programs write a table as JSON."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from glassnet.errors import DataError
from glassnet_tables.extent import check_cells
from glassnet_tables.json_lines import frame_of_json_lines, frame_of_rows, reason_of


def frame_of_json(path: Path, content: bytes) -> Any:
    """Return the table in a JSON file as a frame of polars.

    It is a list of objects; or lines with an object each; or an object with such a list, with a list or an object for
    each column, or with an object for each row, as pandas writes them.

    Raises
    ------
    DataError
        If it is not JSON, or not a table.
    """
    try:
        table = json.loads(content.decode("utf-8-sig"))
    except (ValueError, RecursionError) as error:
        if isinstance(error, json.JSONDecodeError) and error.msg == "Extra data":
            return frame_of_json_lines(path, content)
        reason = error if isinstance(error, json.JSONDecodeError) else reason_of(error)
        raise DataError(f"{path} is damaged, or its ending is wrong ({reason}); take another copy") from None
    rows = _rows(path, table, len(content))
    if rows is None:
        raise DataError(f'{path} is JSON, but not a table; write a list of objects: [{{"NAME": VALUE, …}}, …]')
    return frame_of_rows(path, rows, len(content))


def _rows(path: Path, content: Any, size: int) -> list[Any] | None:
    if isinstance(content, list):
        return content if content and _are_all(content, Mapping) else None
    if not isinstance(content, Mapping) or not content:
        return None
    values = list(content.values())
    names, cells = content.get("columns"), content.get("data")
    if isinstance(names, list) and isinstance(cells, list) and _are_all(cells, list):  # pandas: orient="split"
        return [dict(zip(map(str, names), row, strict=False)) for row in cells]
    tables = [value for value in values if isinstance(value, list) and value and _are_all(value, Mapping)]
    if len(tables) == 1:
        return tables[0]
    if _are_all(values, list):
        if len({len(column) for column in values}) > 1:
            return None
        return [dict(zip(content, row, strict=True)) for row in zip(*values, strict=True)]
    if _are_all(values, Mapping):
        if all(key.isdigit() for value in values for key in value):  # a column each, with the numbers of the rows
            check_cells(len(values[0]), len(values), size, str(path))
            return [{name: content[name].get(row) for name in content} for row in values[0]]
        return values
    return [content]


def _are_all(values: list[Any], kind: Any) -> bool:
    return all(isinstance(value, kind) for value in values)
