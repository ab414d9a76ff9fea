"""The place of the first of the largest elements along an axis. A NaN is the largest."""

from __future__ import annotations

from typing import Any

import numpy as np
from llvmlite import ir

from glassnet_fusion.entries import FIRST, NotTracedError
from glassnet_fusion.grid.index import Index, spread, unreduced
from glassnet_fusion.grid.node import Node
from glassnet_machine_code.instructions import INDEX

_MOST_PLACES = 64
_BIT = ir.IntType(1)


def place_of_largest(elements: Any, node: Node, index: Index) -> Any:
    """Return the place, as a number."""
    found: Any = INDEX(0)
    for place, is_larger in enumerate(_records(elements, node, index), 1):
        found = elements.build.select(is_larger, INDEX(place), found)
    return found


def is_place_of_largest(elements: Any, node: Node, index: Index) -> Any:
    """Return whether a place that is known is that of the largest element; None for other comparisons.

    It takes fewer instructions than to compute the place, and to compare it.
    """
    first = next((each for each in node.operands if each.operation == FIRST), None)
    if node.operation is not np.equal or first is None:
        return None
    (other,) = (each for each in node.operands if each is not first)
    place = elements.spread_value(other, index)
    if not isinstance(place, ir.Constant):
        return None
    own = spread(index, first.shape)
    key = "places", id(first), elements.key(own)
    if key not in elements.values_known:
        elements.values_known[key] = _flags(elements, _records(elements, first, own))
    flags = elements.values_known[key]
    return flags[place.constant] if place.constant < len(flags) else _BIT(0)


def _records(elements: Any, node: Node, index: Index) -> list[Any]:
    """Return of each element but the first whether it is larger than all before."""
    (values,) = node.operands
    axis, build = node.detail, elements.build
    size = values.shape[axis]
    if size > _MOST_PLACES:
        raise NotTracedError(f"it looks for the largest of more than {_MOST_PLACES} elements")
    places = (unreduced(index, len(values.shape), (axis,), {axis: ((place, size),)}) for place in range(size))
    best, *others = (elements.value(values, each) for each in places)
    records = []
    for one in others:
        is_number = build.fcmp_ordered("ord", best, best)
        records.append(build.and_(is_number, build.fcmp_unordered(">", one, best)))
        best = build.select(records[-1], one, best)
    return records


def _flags(elements: Any, records: list[Any]) -> list[Any]:
    """Return of each place whether it is that of the last record."""
    build = elements.build
    is_last: Any = _BIT(1)
    flags: list[Any] = []
    for is_larger in reversed(records):
        flags.insert(0, build.and_(is_last, is_larger))
        is_last = build.and_(is_last, build.not_(is_larger))
    return [is_last, *flags]
