"""Products with derivatives: a tape whose way back is noted on a tape too.

The way back over a tape is NumPy code as the way forward is. It is run on traced arrays here, so that a second way back
leads through it. Griewank and Walther (2008), Evaluating Derivatives, chapter 5.

* Jacobian times vector: the way back is linear in the gradient u that it starts with, so the derivative of
  ``<J^T u, v>`` by u is ``J v``.
* Hessian times vector: the derivative of ``<gradient, v>``, for which the values on the way are traced too. Pearlmutter
  (1994), Fast Exact Multiplication by the Hessian.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Any

import attrs
import numpy as np

from glassnet.types import Array
from glassnet_autodiff.calls import bind
from glassnet_autodiff.derivatives import name_of, tree_map, unbroadcast
from glassnet_autodiff.memory_layout import owner, same_view
from glassnet_autodiff.rules import VJPS
from glassnet_autodiff.statement import TapeEntry, matched
from glassnet_autodiff.tape import Tape
from glassnet_autodiff.traced_array import TracedArray, is_traced, noted_now, value_of
from glassnet_autodiff.tracing_error import untraceable


def jacobian_vector_product(
    function: Callable[..., Any], arrays: Sequence[Array], directions: Sequence[Array], dtype: Any = np.float64
) -> tuple[Array, Array]:
    """Return ``function(*arrays)``, and its derivative in a direction.

    Parameters
    ----------
    function
        NumPy code that returns one array. It is given traced copies of the arrays.
    arrays, directions
        Where to differentiate, and a direction of the same shape for each array.
    dtype
        Floating-point type to compute in.

    Raises
    ------
    TracingError
        If the tape cannot follow `function`, or a rule of a derivative on its way.
    """
    tape, back = _TapeOfFormulas(dtype), _TapeOfFormulas(dtype)
    traced = [tape.array(array) for array in arrays]
    y = noted_now(function(*traced))
    if not isinstance(y, TracedArray):
        return np.array(y, dtype), np.zeros(np.shape(y), dtype)
    start = back.array(np.zeros(y.shape))
    gradients = _Gradients(back)
    gradients.run_back(tape.statements, y, start)
    back.backward(_product(map(gradients.of, traced), directions))
    return np.copy(y.value), np.copy(start.gradient)


def hessian_vector_product(
    function: Callable[..., Any], arrays: Sequence[Array], directions: Sequence[Array], dtype: Any = np.float64
) -> list[Array]:
    """Return the product of the second derivative of ``function(*arrays)``, one number, with a direction.

    Parameters and errors are those of `jacobian_vector_product`.
    """
    tape = _TapeOfTwo(dtype)
    traced = [tape.array(array) for array in arrays]
    y = noted_now(function(*traced))
    if not isinstance(y, TracedArray):
        return [np.zeros_like(array.value) for array in traced]
    gradients = _Gradients(tape)
    with tape.noted_once():
        gradients.run_back(tape.first, y, tape.array(np.ones(y.shape)))
        product = _product(map(gradients.of, traced), directions)
    tape.backward(product)
    return [np.copy(array.gradient) for array in traced]


def _product(gradients: Iterable[Any], directions: Sequence[Array]) -> Any:
    products = [np.sum(each * direction) for each, direction in zip(gradients, directions, strict=True)]
    return sum(products[1:], start=products[0])


class _TapeOfFormulas(Tape):
    """A tape that notes the operations of a formula in place of the function that a rule knows by its formula."""

    def run(self, function: Any, arguments: tuple[Any, ...], named: dict[str, Any], *, noted: bool = False) -> Any:
        formula = getattr(VJPS.get(function), "formula", None)
        if formula is None or named.get("out") is not None:
            return super().run(function, arguments, named, noted=noted)
        bound, options, _ = bind(function, arguments, named, is_traced)
        return formula(*bound, **options)


class _TapeOfTwo(_TapeOfFormulas):
    """A tape that keeps, of each operation, its arguments and its result as traced arrays of their own.

    Attributes
    ----------
    first
        The operations with these arrays in place of plain values. The copies that make them are not among them.
    """

    def __init__(self, dtype: Any) -> None:
        super().__init__(dtype)
        self.first: list[TapeEntry] = []
        self._notes_once = False

    def noted_once(self) -> _NotedOnce:
        """Return a block in which operations are noted as on any tape."""
        return _NotedOnce(self)

    def note(
        self, function: Any, arguments: tuple[Any, ...], named: dict[str, Any], result: Any, out: Any, where: Any
    ) -> Any:
        if self._notes_once:
            return super().note(function, arguments, named, result, out, where)
        # Views that were put off are operations of the program too.
        arguments = tree_map(noted_now, arguments)
        with self.noted_once():
            values = tree_map(_traced_copy, arguments)
            before = len(self.statements)
            noted = super().note(function, arguments, named, result, out, where)
            if len(self.statements) > before:
                entry = self.statements[-1]
                # The type and the options of a value that is not traced are those that the entry has.
                values = _traced_where_they_are(values, entry.values)
                y = _traced_where_they_are(tree_map(_traced_copy, entry.output), entry.y)
                self.first.append(attrs.evolve(entry, values=values, y=y))
        return noted


class _NotedOnce:
    def __init__(self, tape: _TapeOfTwo) -> None:
        self._tape = tape

    def __enter__(self) -> None:
        self._before, self._tape._notes_once = self._tape._notes_once, True

    def __exit__(self, *_: object) -> None:
        self._tape._notes_once = self._before


def _traced_copy(leaf: Any) -> Any:
    return np.copy(leaf) if isinstance(leaf, TracedArray) else leaf


def _traced_where_they_are(traced: Any, plain: Any) -> Any:
    """Return the traced arrays of a tree, and the plain values of another one of the same form for all other leaves."""
    if isinstance(traced, (list, tuple)):
        return type(plain)(map(_traced_where_they_are, traced, plain))
    return traced if isinstance(traced, TracedArray) else plain


class _Gradients:
    """The gradients of the arrays on a tape, as traced arrays, and the way back that fills them."""

    def __init__(self, tape: Tape) -> None:
        self._tape = tape
        self._roots: dict[int, tuple[Array, TracedArray]] = {}

    def of(self, array: TracedArray) -> TracedArray:
        """Return the gradient of an array: a view of that of the array whose memory it shows."""
        root = owner(array.value)
        if id(root) not in self._roots:
            # The root is kept too, so that no other array gets its memory.
            self._roots[id(root)] = root, self._tape.holding(np.zeros(max(root.size, 1), root.dtype))
        gradient = self._roots[id(root)][1]
        shown = same_view(array.value, gradient.value)
        return TracedArray(self._tape, shown, same_view(array.value, gradient.gradient))

    def run_back(self, statements: Sequence[TapeEntry], y: TracedArray, start: TracedArray) -> None:
        """Go back over statements, from the gradient `start` of the result `y`."""
        gradient = self.of(y)
        gradient += start
        with np.errstate(all="ignore"):  # a rule also computes slopes that are not needed
            for entry in reversed(statements):
                self._reverse(entry)

    def _reverse(self, entry: TapeEntry) -> None:
        g = tree_map(lambda output: self._taken(entry, output), entry.output)
        try:
            found = entry.rule(g, entry.y, *entry.values, **entry.named)
        except Exception as error:
            told = f"{name_of(entry.function)} has no second derivative with these arguments: {error}"
            raise untraceable(told, entry.line) from error
        for argument, value, its in zip(entry.arguments, entry.values, found, strict=False):
            for array, gradient in matched(argument, value, its):
                if isinstance(array, TracedArray):
                    self._add(entry, array, gradient, g)

    def _taken(self, entry: TapeEntry, output: Any) -> Any:
        """Return the gradient of an output, and leave zero there."""
        if not isinstance(output, TracedArray):
            return None
        held: Any = self.of(output)
        g = np.where(entry.where, held, 0.0)
        np.copyto(held, 0.0, where=entry.where)
        return g

    def _add(self, entry: TapeEntry, array: TracedArray, gradient: Any, g: Any) -> None:
        if gradient is None:
            raise untraceable(f"{name_of(entry.function)} has no derivative with respect to an argument", entry.line)
        if entry.is_elementwise:  # 0 times infinity is 0 where the result does not use the element
            undefined = np.isnan(value_of(gradient)) & (value_of(g) == 0)
            gradient = np.where(undefined, 0.0, gradient) if np.any(undefined) else gradient
        held = self.of(array)
        held += unbroadcast(np.where(entry.where, gradient, 0.0), array.shape)
