"""Rows in JSON: ``{"rows": [...]}``, objects with the names of columns or lists of numbers."""

from __future__ import annotations

import json
from typing import Any, NoReturn

import glassnet as gn
from glassnet_serving.limits import RefusedError
from glassnet_serving.samples import as_samples, check_names
from glassnet_tables.frames import as_frame
from glassnet_tables.preprocessing import TablePreprocessing

_FORM = 'send {"rows": [...]}'
# Columns that the network does not know, such as ids and notes of the sender; each takes memory in all rows.
_MOST_UNKNOWN = 100


def rows_in(body: bytes) -> list[Any]:
    """Return the rows in a body of JSON.

    Raises
    ------
    RefusedError
        If it is not JSON, or does not have this form.
    """
    try:
        content = json.loads(body, parse_constant=_refuse_constant)
    except RecursionError:
        raise RefusedError(400, f"the JSON is nested too deeply; {_FORM}") from None
    except ValueError as error:
        raise RefusedError(400, f"the body is not JSON ({error}); {_FORM}") from None
    if not isinstance(content, dict) or set(content) != {"rows"} or not isinstance(content["rows"], list):
        got = f"an object with {[*content]}" if isinstance(content, dict) else f"a {type(content).__name__}"
        raise RefusedError(400, f"the JSON is {got[:200]}; {_FORM}")
    rows: list[Any] = content["rows"]
    if not rows:
        raise RefusedError(422, "there are no rows; send at least one")
    return rows


def _refuse_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is not a number of JSON")


def frame_of(rows: list[Any], table: TablePreprocessing) -> Any:
    """Return rows with named columns as a frame of polars.

    Raises
    ------
    RefusedError
        If a row is not an object of plain values, or there are no columns, or far more than the network knows.
    """
    for number, row in enumerate(rows, start=1):
        if not isinstance(row, dict):
            raise RefusedError(422, f"row {number} is not an object; give the value of each column by its name")
        for name, value in row.items():
            if isinstance(value, (dict, list)):
                raise RefusedError(422, f"column {name!r} of row {number} is not one value; give a number or a text")
    names = set().union(*rows)
    if not names:
        raise RefusedError(422, f"the rows have no columns; give {', '.join(each.name for each in table.features)}")
    if len(names) > len(table.features) + len(table.left_out) + _MOST_UNKNOWN:
        raise RefusedError(
            422, f"the rows have {len(names):,} columns, most of them unknown; send those of the training"
        )
    return as_frame(rows)


def array_of(rows: list[Any], network: gn.Network) -> gn.Array:
    """Return rows of numbers as samples, ``(rows, *input_shape)``.

    Raises
    ------
    RefusedError
        If they do not fit the network; for rows of objects, if the names are not those of the training.
    """
    columns = network.inputs.columns if network.inputs is not None else None
    if columns is None or not all(isinstance(row, dict) for row in rows):
        return as_samples(rows, network)
    for number, row in enumerate(rows, start=1):
        check_names(row, columns, f"row {number}")
    return as_samples([[row[name] for name in columns] for row in rows], network)
