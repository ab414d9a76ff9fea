"""Where an operation moved each element from: the operation is run on labels instead of numbers."""

from __future__ import annotations

from typing import Any

import numpy as np

from glassnet.types import Array
from glassnet_autodiff.derivatives import tree_leaves, tree_map
from glassnet_autodiff.statement import WRITERS, TapeEntry


def movement(statement: TapeEntry, part: int) -> tuple[Array, Array, Array] | None:
    """Return for each element of a result from which argument, array in it and index it was moved, or None."""
    cache = _movements.get(id(statement))
    if cache is None or cache[0] is not statement:
        _movements.clear() if len(_movements) > _MOST else None
        cache = _movements[id(statement)] = (statement, _all_moved(statement))
    found = cache[1]
    return None if found is None else found[part]


_MOST = 2000
_movements: dict[int, tuple[TapeEntry, Any]] = {}


def _all_moved(statement: TapeEntry) -> list[tuple[Array, Array, Array]] | None:
    rng = np.random.default_rng(0)
    labels: dict[float, tuple[int, int, int]] = {}

    def labelled(number: int, value: Any) -> Any:
        parts = iter(range(len(tree_leaves(value))))

        def label(leaf: Any) -> Any:
            which = next(parts)
            if not (isinstance(leaf, np.ndarray) and leaf.dtype.kind == "f"):
                return leaf
            names: Array = np.asarray(rng.random(leaf.shape) + 1)
            labels.update({name: (number, which, place) for place, name in enumerate(names.ravel().tolist())})
            return names

        return tree_map(label, value)

    arguments = [labelled(number, value) for number, value in enumerate(statement.values)]
    try:
        if statement.function in WRITERS:
            statement.function(*arguments, **statement.named)
            results = [np.asarray(arguments[0])]
        else:
            results = [np.asarray(leaf) for leaf in tree_leaves(statement.result_of(arguments))]
    except Exception:  # a function that checks its numbers: it does not only move them
        return None
    found = []
    for result, y in zip(results, tree_leaves(statement.y), strict=True):
        y = np.asarray(y)
        places = [labels.get(label, (-1, 0, 0)) for label in result.ravel().tolist()]
        columns = np.array(places, int).reshape(-1, 3).T
        arguments_of, parts_of, places_of = (column.reshape(result.shape) for column in columns)
        values = [tree_leaves(value) for value in statement.values]
        for place, (argument, which, source) in enumerate(places):
            moved = result.flat[place] if argument < 0 else np.asarray(values[argument][which]).flat[source]
            if not (moved == y.flat[place] or (np.isnan(moved) and np.isnan(y.flat[place]))):
                return None
        found.append((arguments_of, parts_of, places_of))
    return found
