"""One fitted column as a model file holds it: plain values and arrays."""

from __future__ import annotations

from typing import Any

import attrs
import numpy as np

from glassnet.registry.registry import create
from glassnet.types import Array
from glassnet_tables.column_format import ColumnFormat
from glassnet_tables.fitted_column import FittedColumn
from glassnet_tables.target import Target
from glassnet_tables.transform import State

# The place of a target among the columns of a table, whose places are numbers.
_TARGET = "target"


def plain_column(column: FittedColumn) -> dict[str, Any]:
    """Return everything of a column but its arrays as JSON holds it."""
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


def column_arrays(column: FittedColumn, place: str) -> dict[str, Array]:
    """Return the arrays of a column by place: ``"3.1.mean"`` of the second transform of the column at 3."""
    return {
        f"{place}.{number}.{name}": value
        for number, state in enumerate(column.states)
        for name, value in state.items()
        if isinstance(value, np.ndarray)
    }


def column_made_again(plain: dict[str, Any], place: str, arrays: dict[str, Array]) -> FittedColumn:
    """Return the column of which the two functions above told everything."""
    states: list[State] = [dict(state) for state in plain["states"]]
    for number, state in enumerate(states):
        prefix = f"{place}.{number}."
        state.update({name[len(prefix) :]: array for name, array in arrays.items() if name.startswith(prefix)})
    return FittedColumn(
        plain["name"],
        ColumnFormat(**plain["format"]),
        plain["kind"],
        plain["missing"],
        tuple(create("transform", spec) for spec in plain["chain"]),
        tuple(states),
        tuple(plain["outputs"]),
    )


def plain_target(target: Target) -> dict[str, Any]:
    """Return everything of a target but its arrays as JSON holds it."""
    return {
        "name": target.name,
        "format": attrs.asdict(target.format),
        "classes": list(target.classes),
        "column": None if target.column is None else plain_column(target.column),
    }


def target_arrays(target: Target) -> dict[str, Array]:
    """Return the arrays of a target by place."""
    return {} if target.column is None else column_arrays(target.column, _TARGET)


def target_made_again(plain: dict[str, Any], arrays: dict[str, Array]) -> Target:
    """Return the target of which the two functions above told everything."""
    column = None if plain["column"] is None else column_made_again(plain["column"], _TARGET, arrays)
    if column is not None:
        check_chain(column)
    return Target(plain["name"], ColumnFormat(**plain["format"]), tuple(plain["classes"]), column)


def check_chain(column: FittedColumn) -> None:
    """Raise `ValueError` if the transforms of a column do not take a row, or make another number of inputs of it."""
    rows = {"date": np.array(["NaT"], "datetime64[us]"), "text": np.array([None], object)}
    values = rows.get(column.format.type, np.array([[np.nan]]))
    for transform, state in zip(column.chain, column.states, strict=True):
        values = transform.transform(values, state)
    if values.shape != (1, len(column.outputs)):
        raise ValueError(f"column {column.name!r} has the shape {values.shape}, not (1, {len(column.outputs)})")
