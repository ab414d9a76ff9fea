"""Which values of a formula are kept in memory while a sample is computed; all others are computed where needed."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from glassnet_fusion.computed import in_order
from glassnet_fusion.entries import ADD_AT, FIRST, INPUT, REDUCE, SCALAR, SCATTER
from glassnet_fusion.grid.node import Grid, Node
from glassnet_fusion.native import is_native
from glassnet_fusion.own_functions import is_own

# A reduction of few elements is written out.
FEW = 16
# Up to it, NumPy adds up a row one number after another.
SHORT_ROW = 8


def kept_values(grid: Grid, own: frozenset[Any]) -> list[Node]:
    """Return the values that have memory of their own, operands first."""
    every = [*grid.values()]
    replaced = {id(node.operands[0]) for node in every if node.operation == SCATTER}
    # The size of the largest value that each is needed for.
    largest: dict[int, int] = {}
    for node in reversed(every):
        size = max(largest.get(id(node), 0), math.prod(node.shape))
        for each in node.operands:
            largest[id(each)] = max(largest.get(id(each), 0), size)
    return [node for node in every if _is_kept(node, own, replaced, largest.get(id(node), 0))]


def _is_kept(node: Node, own: frozenset[Any], replaced: set[int], largest: int) -> bool:
    if node.operation == ADD_AT:
        return True
    if node.operation == SCATTER:
        return id(node) not in replaced
    if node.operation == REDUCE:
        return not (node.has_items and _is_short(node) and largest <= math.prod(node.shape))
    return not (node.operation in (INPUT, SCALAR, FIRST) or is_native(node) or is_own(node, own))


def _is_short(node: Node) -> bool:
    """Tell whether a reduction is of few elements, none of which are reductions themselves."""
    _, order = node.detail
    (values,) = node.operands
    rows = math.prod(values.shape[axis] for axis in order.rows)
    count = rows * math.prod(values.shape[axis] for axis in order.axes)
    return (
        count <= FEW and rows < SHORT_ROW and (not order.rows or node.ufunc is np.add) and not _has_reductions(values)
    )


def _has_reductions(values: Node) -> bool:
    return any(node.operation in (REDUCE, FIRST) for node in in_order([values]))
