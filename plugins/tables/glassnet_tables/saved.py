"""The preprocessing of a table as a model file holds it: plain values and arrays."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import attrs
import numpy as np

from glassnet.errors import ModelFileError
from glassnet.registry.registry import create
from glassnet.types import Array
from glassnet_tables.column_format import ColumnFormat
from glassnet_tables.fitted_column import FittedColumn
from glassnet_tables.preprocessing import TablePreprocessing
from glassnet_tables.target import Target

if TYPE_CHECKING:
    from glassnet_tables.transform import State


def described(table: TablePreprocessing) -> dict[str, Any]:
    """Return everything but arrays as JSON holds it."""
    target = table.target
    return {
        "features": [_plain(each) for each in table.features],
        "target": {
            "name": target.name,
            "format": attrs.asdict(target.format),
            "classes": list(target.classes),
            "column": None if target.column is None else _plain(target.column),
        },
        "left_out": table.left_out,
        "missing": list(table.missing),
        "rows": table.rows,
        "notes": list(table.notes),
    }


def arrays(table: TablePreprocessing) -> dict[str, Array]:
    """Return the arrays by place: ``"3.1.mean"`` of the second transform of the fourth feature."""
    found = {}
    for place, column in _columns(table):
        for number, state in enumerate(column.states):
            for name, value in state.items():
                if isinstance(value, np.ndarray):
                    found[f"{place}.{number}.{name}"] = value
    return found


def made_again(plain: dict[str, Any], found: dict[str, Array]) -> TablePreprocessing:
    """Return the preprocessing of a model file.

    Raises
    ------
    ModelFileError
        If something is missing, or of another type.
    """
    try:
        target = plain["target"]
        column = target["column"]
        return TablePreprocessing(
            features=tuple(_column(each, str(place), found) for place, each in enumerate(plain["features"])),
            target=Target(
                target["name"],
                ColumnFormat(**target["format"]),
                tuple(target["classes"]),
                None if column is None else _column(column, "target", found),
            ),
            left_out=dict(plain["left_out"]),
            missing=tuple(plain["missing"]),
            rows=plain["rows"],
            notes=tuple(plain["notes"]),
        )
    except (KeyError, TypeError, AttributeError, ValueError) as error:
        raise ModelFileError(
            f"what the model file says about the columns of its table is damaged ({error!r}); take another copy, or "
            "train again"
        ) from None


def _columns(table: TablePreprocessing) -> Iterator[tuple[str, FittedColumn]]:
    yield from ((str(place), column) for place, column in enumerate(table.features))
    if table.target.column is not None:
        yield "target", table.target.column


def _plain(column: FittedColumn) -> dict[str, Any]:
    return {
        "name": column.name,
        "format": attrs.asdict(column.format),
        "kind": column.kind,
        "missing": column.missing,
        "chain": [repr(each) for each in column.chain],
        "states": [
            {name: value for name, value in state.items() if not isinstance(value, np.ndarray)}
            for state in column.states
        ],
        "outputs": list(column.outputs),
    }


def _column(plain: dict[str, Any], place: str, found: dict[str, Array]) -> FittedColumn:
    states: list[State] = [dict(state) for state in plain["states"]]
    for number, state in enumerate(states):
        prefix = f"{place}.{number}."
        state.update({name[len(prefix) :]: array for name, array in found.items() if name.startswith(prefix)})
    chain = tuple(create("transform", spec) for spec in plain["chain"])
    return FittedColumn(
        plain["name"],
        ColumnFormat(**plain["format"]),
        plain["kind"],
        plain["missing"],
        chain,
        tuple(states),
        tuple(plain["outputs"]),
    )
