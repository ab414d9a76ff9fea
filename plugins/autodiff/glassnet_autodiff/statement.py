"""A statement of a tape: one operation that was run, and how its gradient moves on to its arguments."""

from __future__ import annotations

import operator
from collections.abc import Callable, Iterable, Iterator
from typing import Any

import attrs
import numpy as np

from glassnet.errors import TracingError
from glassnet.types import Array
from glassnet_autodiff.derivatives import VJP, name_of, tree_leaves, tree_map, unbroadcast
from glassnet_autodiff.traced_array import TracedArray
from glassnet_autodiff.tracing_error import untraceable

WRITERS = {
    *(np.copyto, operator.setitem, np.put, np.putmask, np.place, np.put_along_axis, np.fill_diagonal),
    *(np.add.at, np.subtract.at),
}


@attrs.frozen(eq=False)
class TapeEntry:
    """One operation: its arguments, their values then, the result, what holds the result now, and the author's line."""

    function: Callable[..., Any]
    rule: VJP
    arguments: tuple[Any, ...]
    values: tuple[Any, ...]
    named: dict[str, Any]
    y: Any
    output: Any
    where: Any
    line: str

    undefined: dict[int, Any] = attrs.field(factory=dict, init=False)
    poles: dict[int, Any] = attrs.field(factory=dict, init=False)

    @property
    def is_elementwise(self) -> bool:
        """Whether each element of the gradients belongs to one of the result."""
        return isinstance(self.function, np.ufunc) and self.function.signature is None and self.function.nout == 1

    def reverse(self) -> Any:
        """Move the gradient of the result on to the arguments, and return it."""
        g = self.take_gradient()
        self.add_gradients(self._gradients(g))
        return g

    def take_gradient(self) -> Any:
        """Return the gradient of the result, and leave zero there."""
        return tree_map(self._taken, self.output)

    def add_gradients(self, gradients: Iterable[Any]) -> None:
        """Add to the gradients of the arguments."""
        given = zip(self.arguments, self.values, gradients, strict=False)
        for number, (argument, value, its) in enumerate(given, 1):
            for array, gradient in matched(argument, value, its):
                if isinstance(array, TracedArray):
                    self._add(number, array, gradient)

    def result_of(self, values: Iterable[Any]) -> Any:
        """Return the result for other values of the arguments."""
        if self.function in WRITERS:
            return self.y
        return tree_map(np.asarray, self.function(*values, **self.named))

    def _add(self, number: int, array: TracedArray, gradient: Any) -> None:
        if gradient is None:
            problem = f"{name_of(self.function)} has no derivative with respect to argument {number} here"
            raise untraceable(problem, self.line)
        array.add_gradient(unbroadcast(np.where(self.where, gradient, 0), array.shape))

    def _taken(self, output: Any) -> Any:
        """Return the gradient of an output, and leave zero there."""
        if not isinstance(output, TracedArray):
            return None
        g = np.where(self.where, output.gradient, 0)
        np.copyto(output.gradient, 0, where=self.where)
        return g

    def _gradients(self, g: Any) -> tuple[Any, ...]:
        is_zero = not any(np.any(one) for one in tree_leaves(g))
        try:
            gradients = self.rule(g, self.y, *self.values, **self.named)
        except Exception as error:
            if not is_zero:
                raise self._without_derivative(error) from error
            gradients = (np.nan,) * len(self.arguments)
        if self.is_elementwise:
            return tuple(self._without_nan(place, one, g) for place, one in enumerate(gradients))
        return tuple(map(self._of_zero, range(len(self.values)), gradients)) if is_zero else gradients

    def _without_derivative(self, error: Exception) -> TracingError:
        told = f"{name_of(self.function)} has no derivative with these arguments: {error}"
        return untraceable(str(error) if isinstance(error, TracingError) else told, self.line)

    def _without_nan(self, place: int, gradient: Any, g: Array) -> Any:
        """Return the gradient of an argument with 0 in place of 0 times infinity, unless that is known as a pole."""
        undefined = np.isnan(0.0 if gradient is None else gradient) & (g == 0)
        if not undefined.any():
            return gradient
        self.undefined[place] = undefined
        return np.where(undefined & np.logical_not(self.poles.get(place, False)), 0, gradient)

    def _of_zero(self, place: int, gradient: Any) -> Any:
        """Return 0 for an argument of a function that takes all elements together, or NaN at a known pole."""
        if any(np.isnan(one).any() for one in tree_leaves(gradient) if one is not None):
            self.undefined[place] = True
        value = np.nan if self.poles.get(place, False) else 0.0
        return tree_map(lambda leaf: np.full(np.shape(leaf), value), self.values[place])


def matched(argument: Any, value: Any, gradient: Any) -> Iterator[tuple[Any, Any]]:
    """Yield each array of an argument with its gradient; that of a list of numbers may be one array."""
    if not isinstance(argument, (list, tuple)):
        yield argument, gradient
    else:
        if gradient is None:
            gradient = (None,) * len(argument)
        elif not isinstance(gradient, (list, tuple)):
            shape = np.shape(value)
            gradient = np.broadcast_to(unbroadcast(np.asarray(gradient), shape), shape)
        for parts in zip(argument, value, gradient, strict=True):
            yield from matched(*parts)
