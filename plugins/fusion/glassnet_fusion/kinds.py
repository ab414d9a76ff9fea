"""Shape and type of each result of a record, by NumPy's own rules."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np

from glassnet_fusion.entries import (
    ADD_AT,
    CONVERT,
    COUNT,
    FILL,
    FIRST,
    INPUT,
    MOVES,
    PAD,
    PICK,
    REDUCE,
    VIEW,
    WHERE,
    WRITE,
    NotTracedError,
)
from glassnet_fusion.moves import moved_shape

Kind = tuple[tuple[int, ...], Any]


def kind_of_entry(inputs: Sequence[Any], entry: tuple[Any, ...], before: list[Kind]) -> Kind:
    """Return shape and type of the result of an entry, given the inputs and the entries before."""
    operation, *operands = entry
    if operation == INPUT:
        array = inputs[len(before)]
        return tuple(map(int, array.shape)), array.dtype
    if operation in (WRITE, ADD_AT):
        kind: Kind = before[operands[0]]
        return kind
    if operation == VIEW:
        return operands[1], before[operands[0]][1]
    if operation == CONVERT:
        return before[operands[0]][0], operands[1]
    if operation == COUNT:
        return (operands[0],), np.dtype(np.int64)
    if operation == PICK:
        return before[operands[0]][0][:-1], before[operands[0]][1]
    if operation in MOVES:
        return moved_shape(operation, before[operands[0]][0], operands[1]), before[operands[0]][1]
    if operation == FILL:
        return operands[1], operands[2]
    if operation == PAD:
        shape, dtype = before[operands[0]]
        return tuple(sum(each) for each in zip(shape, *zip(*operands[2], strict=True), strict=True)), dtype
    if operation in (REDUCE, FIRST):
        shape, dtype = before[operands[0]]
        *_, axes, keeps_axes = operands
        kept = [1 if axis in axes else size for axis, size in enumerate(shape) if keeps_axes or axis not in axes]
        return tuple(kept), np.dtype(np.intp) if operation == FIRST else dtype
    shapes = [before[each][0] for each in operands if type(each) is int]
    try:
        shape = np.broadcast_shapes(*shapes)
    except ValueError:
        raise NotTracedError(f"it combines arrays of shapes {', '.join(map(str, shapes))}") from None
    if operation is np.power and math.prod(shapes[-1]) == 1 < math.prod(shape) and type(operands[1]) is int:
        # For one exponent NumPy has other loops, such as that of squares.
        raise NotTracedError("it calls np.power with an array of one exponent")
    types = [before[each][1] if type(each) is int else each for each in operands]
    return shape, result_type(operation, types)


def result_type(operation: Any, types: list[Any]) -> Any:
    """Return the type of an operation's result."""
    if operation == WHERE:
        examples = [np.empty(1, each) if isinstance(each, np.dtype) else each() for each in types[1:]]
        return np.result_type(*examples)
    return loop_types(operation, types)[-1]


def loop_types(ufunc: Any, types: list[Any]) -> tuple[Any, ...]:
    """Return the types in which a ufunc computes: those that its operands are converted to, and its result's."""
    try:
        found: tuple[Any, ...] = ufunc.resolve_dtypes((*types, None))
    except TypeError:
        raise NotTracedError(f"np.{ufunc.__name__} does not take such arrays") from None
    return found
