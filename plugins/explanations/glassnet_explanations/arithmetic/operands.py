"""What one element of a result was computed from, and how: for any operation on the tape."""

from __future__ import annotations

from typing import Any

import numpy as np

from glassnet.types import Array
from glassnet_autodiff.derivatives import name_of, tree_leaves, unbroadcast
from glassnet_autodiff.statement import TapeEntry
from glassnet_explanations.arithmetic.movement import movement
from glassnet_explanations.arithmetic.operation import Operand, Operation
from glassnet_explanations.arithmetic.reductions import reduced

_INFIX = {"add": "+", "subtract": "-", "multiply": "·", "divide": "/", "true_divide": "/", "power": "^"}
_WRITTEN = {
    "negative": "-{}",
    "square": "{}^2",
    "absolute": "abs({})",
    "maximum": "max({}, {})",
    "minimum": "min({}, {})",
}


def operation_of(statement: TapeEntry, part: int, index: int) -> Operation:
    """Return how an element of a result was computed. Most operations have one result, of which `part` is 0."""
    y = np.asarray(tree_leaves(statement.y)[part])
    if statement.is_elementwise:
        return _elementwise(statement, y, index)
    name = name_of(statement.function).rpartition(".")[2]
    if name in ("matmul", "dot"):
        return _product(statement, y, index)
    moved = _moved(statement, part, index)
    return moved or reduced(statement, y, index) or _by_slopes(statement, part, index)


def _elementwise(statement: TapeEntry, y: Array, index: int) -> Operation:
    name = name_of(statement.function).rpartition(".")[2]
    operands = []
    for number, value in enumerate(statement.values):
        value = np.asarray(value)
        places = np.broadcast_to(np.arange(value.size).reshape(value.shape), y.shape)
        place = int(places.flat[index])
        operands.append(Operand(number, 0, place, float(np.real(value.flat[place]))))
    if name in _INFIX:
        pattern = f"{{}} {_INFIX[name]} {{}}"
    else:
        pattern = _WRITTEN.get(name) or f"{name}({', '.join(['{}'] * len(operands))})"
    return Operation(pattern, tuple(operands))


def _product(statement: TapeEntry, y: Array, index: int) -> Operation:
    """Return a matrix product's element: a sum of products."""
    a, b = (np.arange(np.size(value)).reshape(np.shape(value)) for value in statement.values[:2])
    a = a[np.newaxis] if a.ndim == 1 else a
    b = b[:, np.newaxis] if b.ndim == 1 else b
    *batch, rows, columns = (*np.broadcast_shapes(a.shape[:-2], b.shape[:-2]), a.shape[-2], b.shape[-1])
    place: Any
    *place, row, column = np.unravel_index(index, (*batch, rows, columns))
    row_of_a = np.broadcast_to(a, (*batch, *a.shape[-2:]))[(*place, row)]
    column_of_b = np.broadcast_to(b, (*batch, *b.shape[-2:]))[(*place, slice(None), column)]
    operands = []
    for i, j in zip(row_of_a, column_of_b, strict=True):
        operands.append(Operand(0, 0, int(i), float(np.asarray(statement.values[0]).flat[i])))
        operands.append(Operand(1, 0, int(j), float(np.asarray(statement.values[1]).flat[j])))
    return Operation(" + ".join(["{} · {}"] * len(row_of_a)), tuple(operands), factors=2)


def _moved(statement: TapeEntry, part: int, index: int) -> Operation | None:
    """Return where an element was moved from, or None if the operation does more than to move elements.

    The operation is run on labels instead of numbers: an element that was moved brings its label along.
    """
    places = movement(statement, part)
    if places is None:
        return None
    argument, which, place = (int(each.flat[index]) for each in places)
    y = np.asarray(tree_leaves(statement.y)[part])
    if argument < 0:
        return Operation(f"{float(np.real(y.flat[index])):.17g}", ())
    return Operation("{}", (Operand(argument, which, place, float(np.real(y.flat[index]))),))


def _by_slopes(statement: TapeEntry, part: int, index: int) -> Operation:
    """Return what an element depends on: all elements by which its derivative is not 0.

    If the operation is linear in one of its arguments, it is the sum of that one's elements times their slopes.
    """
    y = float(np.real(np.asarray(tree_leaves(statement.y)[part]).flat[index]))
    slopes: list[float] = []
    operands: list[Operand] = []
    for number, which, value, its in slopes_of(statement, part, index):
        for place in np.flatnonzero(its):
            operands.append(Operand(number, which, int(place), float(value.flat[place])))
            slopes.append(float(its.flat[place]))
    for number in sorted({operand.argument for operand in operands}):
        mine = [(operand, slope) for operand, slope in zip(operands, slopes, strict=True) if operand.argument == number]
        if np.isclose(sum(operand.value * slope for operand, slope in mine), y, rtol=1e-12, atol=0):
            others = [operand for operand in operands if operand.argument != number]
            return _linear(mine, others)
    name = name_of(statement.function).rpartition(".")[2]
    return Operation(f"{name}({', '.join(['{}'] * len(operands))})", tuple(operands))


def _linear(terms: list[tuple[Operand, float]], others: list[Operand]) -> Operation:
    """Return a sum of elements times their slopes; a slope is called by the element of another argument that it is."""
    if all(slope == 1 for _, slope in terms):
        return Operation(" + ".join(["{}"] * len(terms)), tuple(operand for operand, _ in terms), factors=1)
    operands: list[Operand] = []
    left = list(others)
    for operand, slope in terms:
        factor = next((other for other in left if other.value == slope), Operand(-1, 0, 0, slope))
        if factor in left:
            left.remove(factor)
        operands += [operand, factor]
    return Operation(" + ".join(["{} · {}"] * len(terms)), tuple(operands), factors=2)


def slopes_of(statement: TapeEntry, part: int, index: int) -> list[tuple[int, int, Any, Array]]:
    """Return argument, array in it, its value and the derivative of one element of a result by all of its elements."""
    leaves = tree_leaves(statement.y)
    seeds = [np.zeros(np.shape(leaf)) for leaf in leaves]
    seeds[part].flat[index] = 1
    g: Any = seeds[0] if len(seeds) == 1 and not isinstance(statement.y, (list, tuple)) else type(statement.y)(seeds)
    with np.errstate(all="ignore"):
        gradients = statement.rule(g, statement.y, *statement.values, **statement.named)
    found = []
    for number, (value, gradient) in enumerate(zip(statement.values, gradients, strict=False)):
        its = tree_leaves(gradient)
        for which, leaf in enumerate(tree_leaves(value)):
            if isinstance(leaf, np.ndarray) and leaf.dtype.kind == "f" and which < len(its) and its[which] is not None:
                slopes = np.asarray(unbroadcast(np.asarray(np.real(its[which])), leaf.shape))
                found.append((number, which, leaf, np.broadcast_to(slopes, leaf.shape)))
    return found
