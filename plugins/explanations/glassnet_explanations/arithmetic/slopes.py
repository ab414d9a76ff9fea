"""The local derivatives of an operation: which results depend on an element of an argument, and how much."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from typing import Any

import attrs
import numpy as np

from glassnet.types import Array
from glassnet_autodiff.derivatives import name_of, tree_leaves
from glassnet_autodiff.statement import TapeEntry
from glassnet_explanations.arithmetic.einsum_slopes import einsum_slopes, is_product
from glassnet_explanations.arithmetic.layer_graph import GraphEntry
from glassnet_explanations.arithmetic.movement import movement
from glassnet_explanations.arithmetic.operands import slopes_of

# An operation of which nothing is known is asked for the slopes of this number of results.
_MOST_RESULTS = 4096


@attrs.frozen(eq=False)
class Slope:
    """The derivative of one element of a result by one element of an argument.

    Attributes
    ----------
    result
        Flat index in the result.
    value
        The derivative.
    factor
        In a product, argument and flat index of the other factor, which the derivative is; else None.
    """

    result: int
    value: float
    factor: tuple[int, int] | None = None


class OperationSlopes:
    """The local derivatives of the operation of one entry of a graph.

    Parameters
    ----------
    entry
        An entry that was computed.
    """

    def __init__(self, entry: GraphEntry) -> None:
        assert entry.statement is not None
        self._entry = entry
        self._statement: TapeEntry = entry.statement
        self.function = name_of(entry.statement.function).rpartition(".")[2]
        self._places: dict[int, Array] = {}
        self._elementwise: tuple[Any, ...] | None = None
        self._by_element: dict[tuple[int, int], dict[int, list[Slope]]] = {}

    def of(self, argument: int, part: int, place: int) -> list[Slope]:
        """Return the slopes of all results that depend on an element of an argument.

        Parameters
        ----------
        argument, part, place
            The number of the argument, of the array in it if it is a list, and the flat index.
        """
        if self._statement.is_elementwise:
            return list(self._of_elementwise(argument, place))
        if self.function in ("matmul", "dot") and part == 0:
            return list(self._of_product(argument, place))
        if self.function == "einsum" and part == 0 and is_product(self._statement.values):
            found = einsum_slopes(self._statement.values, self._entry.value.shape, argument, place)
            return [Slope(result, value, (3 - argument, other)) for result, value, other in found]
        if (moved := movement(self._statement, self._entry.part)) is not None:
            arguments, parts, places = (each.ravel() for each in moved)
            results = np.flatnonzero((arguments == argument) & (parts == part) & (places == place))
            return [Slope(int(result), 1.0) for result in results]
        return self._of_any(argument, part).get(place, [])

    def _of_elementwise(self, argument: int, place: int) -> Iterator[Slope]:
        shape = self._entry.value.shape
        if self._elementwise is None:
            statement = self._statement
            with np.errstate(all="ignore"):
                self._elementwise = statement.rule(np.ones(shape), statement.y, *statement.values, **statement.named)
        slopes = np.broadcast_to(np.real(np.asarray(self._elementwise[argument])), shape)
        written = np.broadcast_to(self._statement.where, shape)
        for result in np.flatnonzero(self._places_of(argument).ravel() == place):
            if written.flat[result]:
                factor = None
                if self.function == "multiply":
                    factor = (1 - argument, int(self._places_of(1 - argument).flat[result]))
                yield Slope(int(result), float(slopes.flat[result]), factor)

    def _places_of(self, argument: int) -> Array:
        """Return for each result of an elementwise operation the flat index of the argument's element."""
        if argument not in self._places:
            value = np.asarray(self._statement.values[argument])
            indices = np.arange(value.size).reshape(value.shape)
            self._places[argument] = np.broadcast_to(indices, self._entry.value.shape)
        return self._places[argument]

    def _of_product(self, argument: int, place: int) -> Iterator[Slope]:
        """Yield the slopes of a matrix product: those by ``a[i, k]`` are ``b[k, j]`` for each j."""
        values = [np.asarray(value) for value in self._statement.values[:2]]
        a: Any
        b: Any
        a, b = (np.arange(value.size).reshape(value.shape) for value in values)
        a = a[np.newaxis] if a.ndim == 1 else a
        b = b[:, np.newaxis] if b.ndim == 1 else b
        batch = np.broadcast_shapes(a.shape[:-2], b.shape[:-2])
        a, b = np.broadcast_to(a, (*batch, *a.shape[-2:])), np.broadcast_to(b, (*batch, *b.shape[-2:]))
        results = np.arange(self._entry.value.size).reshape((*batch, *a.shape[-2:-1], *b.shape[-1:]))
        mine, others = (a, b) if argument == 0 else (b, a)
        found: Any = np.argwhere(mine == place)
        for *at, row, column in found.tolist():
            if argument == 0:
                pairs = zip(results[(*at, row)], others[(*at, column)], strict=True)
            else:
                pairs = zip(results[(*at, slice(None), column)], others[(*at, slice(None), row)], strict=True)
            for result, other in pairs:
                yield Slope(int(result), float(values[1 - argument].flat[other]), (1 - argument, int(other)))

    def _of_any(self, argument: int, part: int) -> dict[int, list[Slope]]:
        """Return the slopes by the place in an argument: each result is asked what it depends on."""
        key = (argument, part)
        if key not in self._by_element:
            found: dict[int, list[Slope]] = defaultdict(list)
            for result in np.flatnonzero(self._entry.gradient)[:_MOST_RESULTS]:
                for number, which, _, slopes in slopes_of(self._statement, self._entry.part, int(result)):
                    if (number, which) == key:
                        flat = slopes.ravel()
                        for place in np.flatnonzero(flat):
                            found[int(place)].append(Slope(int(result), float(flat[place])))
            self._by_element[key] = dict(found)
        return self._by_element[key]

    def unary_place(self, result: int) -> tuple[int, int] | None:
        """Return argument and flat index of the one traced element that a result depends on, or None."""
        arguments = [number for number, origins in enumerate(self._entry.sources) if origins is not None]
        if not self._statement.is_elementwise or len(arguments) != 1 or len(tree_leaves(self._statement.values)) != 1:
            return None
        return arguments[0], int(self._places_of(arguments[0]).flat[result])
