"""What a formula did, done again by NumPy with arrays."""

from __future__ import annotations

from typing import Any

import numpy as np

from glassnet_fusion import entries
from glassnet_fusion.grid.reading import items_of
from glassnet_fusion.moves import moved
from glassnet_fusion.record import Record


class Replay:
    """The results of all entries of a record.

    Parameters
    ----------
    record
        What a formula did.
    inputs
        Its arrays; they are changed as the formula changes them.
    items
        Their number of samples, which may be another one than that of the record.
    """

    def __init__(self, record: Record, inputs: list[Any], items: int) -> None:
        self._given = iter(inputs)
        self._scalars = iter(record.scalars)
        self._items, self._recorded_items = items, items_of(record)
        self.results: list[Any] = []
        for operation, *operands in record.entries:
            self.results.append(self._result(operation, operands))

    def _result(self, operation: Any, operands: list[Any]) -> Any:
        if operation == entries.INPUT:
            return next(self._given)
        if operation == entries.COUNT:
            return np.arange(operands[0])
        source: Any = self.results[operands[0]] if type(operands[0]) is int else None
        if operation == entries.WRITE:
            np.copyto(source, self._operand(operands[1]), casting="same_kind")
            return source
        if operation == entries.ADD_AT:
            rows = source.copy()
            np.add.at(rows, self.results[operands[1]], self.results[operands[2]])
            return rows
        if operation == entries.VIEW:
            return source.reshape(self._shape(operands[1]))
        if operation in entries.MOVES:
            return moved(operation, source, self._detail(operation, source, operands[1]))
        if operation == entries.FILL:
            return np.full(self._shape(operands[1]), operands[3], operands[2])
        if operation == entries.PAD:
            return np.pad(source, operands[2], constant_values=operands[1])
        if operation == entries.CONVERT:
            return source.astype(operands[1])
        if operation == entries.REDUCE:
            return operands[1].reduce(source, axis=operands[2], keepdims=operands[3])
        if operation == entries.FIRST:
            return source.argmax(axis=operands[1][0], keepdims=operands[2])
        values = [self._operand(each) for each in operands]
        return np.where(*values) if operation == entries.WHERE else operation(*values)

    def _operand(self, operand: Any) -> Any:
        """Return an operand: an array, or the next scalar in its type."""
        if type(operand) is int:
            return self.results[operand]
        value: Any = next(self._scalars)
        return operand.type(value) if isinstance(operand, np.dtype) else operand(value)

    def _shape(self, shape: tuple[int, ...]) -> tuple[int, ...]:
        if self._items == self._recorded_items or not shape or shape[0] % self._recorded_items:
            return shape
        return shape[0] // self._recorded_items * self._items, *shape[1:]

    def _detail(self, operation: str, source: Any, detail: Any) -> Any:
        if operation == entries.SPREAD:
            return self._shape(detail)
        if operation == entries.SLICE and detail[0] == (0, 1, self._recorded_items):
            return (0, 1, source.shape[0]), *detail[1:]
        return detail
