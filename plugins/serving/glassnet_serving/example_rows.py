"""Rows to try a server with: their columns, and an example of a body."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

import glassnet as gn
from glassnet_images.preprocessing import ImagePreprocessing
from glassnet_tables.fitted_column import FittedColumn
from glassnet_tables.preprocessing import TablePreprocessing

_TYPES = {"number": ["number", "string", "null"], "boolean": ["boolean", "string", "null"]}
_EXAMPLES: dict[str, Any] = {"number": 1.5, "boolean": True, "date": "2024-05-01", "text": "text"}
# An example with more numbers would fill the page.
_LONGEST = 100


def row_schema(network: gn.Network) -> dict[str, Any]:
    """Return the JSON schema of one row."""
    table = network.preprocessing
    if isinstance(table, TablePreprocessing):
        columns = {each.name: _column_schema(each) for each in table.features}
        return {"type": "object", "properties": columns, "required": list(columns), "additionalProperties": True}
    schema: dict[str, Any] = {"type": "number"}
    for length in reversed(network.input_shape):
        schema = {"type": "array", "items": schema, "minItems": length, "maxItems": length}
    flat = {"type": "array", "items": {"type": "number"}, "description": f"{math.prod(network.input_shape)} numbers"}
    return {"oneOf": [schema, flat]} if len(network.input_shape) > 1 else schema


def example_rows(network: gn.Network) -> list[Any] | None:
    """Return an example of rows; None if they are too long to be typed."""
    table = network.preprocessing
    if isinstance(table, TablePreprocessing):
        return [{each.name: _example(each) for each in table.features}]
    if isinstance(table, ImagePreprocessing) or math.prod(network.input_shape) > _LONGEST:
        return None
    return [np.zeros(network.input_shape, int).tolist()]


def takes_images(network: gn.Network) -> bool:
    """Return whether images can be sent: samples have a height, a width, and one or three channels."""
    shape = network.input_shape
    return isinstance(network.preprocessing, ImagePreprocessing) or (len(shape) == 3 and shape[2] in (1, 3))


def _column_schema(column: FittedColumn) -> dict[str, Any]:
    schema: dict[str, Any] = {"type": _TYPES.get(column.format.type, ["string", "null"]), "description": column.kind}
    categories = categories_of(column)
    return {**schema, "examples": categories} if categories else schema


def _example(column: FittedColumn) -> Any:
    categories = categories_of(column)
    if categories:
        return categories[0]
    means = [state["mean"] for state in column.states if "mean" in state]
    return float(f"{np.ravel(means[0])[0]:.3g}") if means else _EXAMPLES[column.format.type]


def categories_of(column: FittedColumn) -> list[str]:
    """Return the values that a column of categories had in the training."""
    return [str(value) for state in column.states for value in state.get("categories", ())]
