"""A trial of compiled code: on this machine, with this NumPy, it has to give the bytes of the operations one by one."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from glassnet_fusion.entries import CONVERT, COUNT, INPUT, PICK, REDUCE, SCALAR, TOTAL, WHERE
from glassnet_fusion.graph import Graph, Value
from glassnet_fusion.space import COLUMN, FULL, ROW, Space

# More than the code takes at once, with some left over.
_ELEMENTS, _ROWS, _COLUMNS = 2501, 37, 71
_SPECIAL = (0.0, -0.0, np.inf, -np.inf, np.nan, 1e-42, -1e-42, 1e-310, 3e38, -3e38, 88.5, -104.0, 1.0, -1.0)


def space_for_trial(graph: Graph) -> Space:
    """Return the rows and columns with which a graph is tried."""
    return Space(_ELEMENTS, 1) if graph.is_elementwise else Space(_ROWS, _COLUMNS)


def gives_the_same_bytes(graph: Graph, space: Space, function: Callable[..., int]) -> bool:
    """Tell whether compiled code computes what NumPy computes, at special numbers too.

    Parameters
    ----------
    graph
        The formula.
    space
        The rows and columns for which `function` was made.
    function
        Takes inputs, results and scalars.
    """
    rng = np.random.default_rng(0)
    inputs = [sample(rng, dtype, form, space) for dtype, form in zip(graph.inputs, graph.forms, strict=True)]
    scalars = [float(number) for number in rng.uniform(0.1, 0.9, graph.scalars)]
    with np.errstate(all="ignore"):
        wanted = _Evaluation(space, inputs, scalars).outputs(graph)
    new = [np.empty_like(array) for array in wanted[len(graph.changed) :]]
    if function(*inputs, *new, *scalars) != 0:
        return False
    got = [*(inputs[place] for place, _ in graph.changed), *new]
    return all(is_same(one, other) for one, other in zip(wanted, got, strict=True))


def sample(rng: np.random.Generator, dtype: Any, form: str, space: Space) -> Any:
    """Return random numbers with special ones among them."""
    shape = _shape(form, space)
    if dtype.kind == "i":
        return rng.integers(0, space.columns, shape)
    if dtype.kind == "b":
        return rng.random(shape) < 0.5
    numbers = rng.normal(0, 3, shape)
    special = rng.random(shape) < 0.1
    with np.errstate(all="ignore"):
        return np.where(special, rng.choice(_SPECIAL, shape), numbers).astype(dtype)


def _shape(form: str, space: Space) -> tuple[int, int]:
    rows = space.rows if form in (FULL, ROW) else 1
    return rows, space.columns if form in (FULL, COLUMN) else 1


class _Evaluation:
    """Computes the values of a graph one by one."""

    def __init__(self, space: Space, inputs: list[Any], scalars: list[float]) -> None:
        self.space, self.inputs, self.scalars = space, inputs, scalars

    def outputs(self, graph: Graph) -> list[Any]:
        """Return new contents of changed inputs, and results."""
        known: dict[int, Any] = {}
        for value in graph.values():
            known[id(value)] = self._value(value, [known[id(each)] for each in value.operands])
        outputs = [*(value for _, value in graph.changed), *graph.results]
        shaped = (np.broadcast_to(known[id(value)], _shape(value.form, self.space)) for value in outputs)
        return [np.ascontiguousarray(each) for each in shaped]

    def _value(self, value: Value, operands: list[Any]) -> Any:
        operation, dtype = value.operation, value.dtype
        if operation == INPUT:
            return self.inputs[value.number].copy()
        if operation == SCALAR:
            return np.array(self.scalars[value.number]).astype(dtype)
        if operation == CONVERT:
            return operands[0].astype(dtype)
        if operation == WHERE:
            return np.where(*operands)
        if operation == COUNT:
            return np.arange(self.space.columns if value.form == COLUMN else self.space.rows).reshape(
                _shape(value.form, self.space)
            )
        if operation == PICK:
            return np.take_along_axis(operands[0], operands[1], axis=-1)
        if operation == REDUCE:
            return value.ufunc.reduce(operands[0], axis=-1, keepdims=True)
        if operation == TOTAL:
            return operands[0].sum(axis=0, keepdims=True)
        return np.asarray(operation(*operands)).astype(dtype, copy=False)


def is_same(wanted: Any, got: Any) -> bool:
    """Tell whether two arrays have the same bytes; of a NaN only that it is one."""
    numbers = ~np.isnan(wanted)
    return bool((np.isnan(got) == ~numbers).all()) and wanted[numbers].tobytes() == got[numbers].tobytes()
