"""Automatic differentiation: NumPy code is run once and noted down, and the notes are read backwards.

The code is given `TracedArray` arrays. NumPy hands each operation on them to the tape (``__array_ufunc__`` and
``__array_function__``), which computes it and notes a statement ``y = f(a, b)``. Beside every array lies a second one,
its gradient, and a view of the array has the same view of the gradient. So a statement that wrote into a part of a
work buffer is undone like any other. The gradient of that part is what the rule of f gets; zero takes its place,
because what was there before has no influence any more; and what the rule returns is added to the gradients of a and
b. Griewank and Walther (2008), Evaluating Derivatives, chapters 3 and 4.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

import numpy as np

from glassnet.errors import GlassnetError, TracingError
from glassnet.types import Array
from glassnet_autodiff.calls import bind, is_constant, rule_for
from glassnet_autodiff.derivatives import name_of, of_plugins, tree_leaves, tree_map
from glassnet_autodiff.formula_tape import tape_of_formulas
from glassnet_autodiff.memory_layout import same_view, shows_twice, zeros_beside
from glassnet_autodiff.operations import (
    array_to_write,
    called,
    check_type,
    copied,
    described,
    gives_truth_values,
    has_slope,
    is_array,
    is_complex,
    is_part_of,
    read_only,
    shares_memory,
    source_of,
)
from glassnet_autodiff.poles import find_poles, pole_of
from glassnet_autodiff.rules import COMPLEX_RULES, VJPS
from glassnet_autodiff.rules.rule import zero_slopes
from glassnet_autodiff.slope_check import Found, check_slopes
from glassnet_autodiff.statement import WRITERS, TapeEntry
from glassnet_autodiff.traced_array import LOST, TracedArray, TracedScalar, is_traced, noted_now, value_of
from glassnet_autodiff.tracing_error import authors_line, failed, untraceable


def gradient(function: Callable[..., Any], *arrays: Array, dy: Any = 1.0, dtype: Any = np.float64) -> tuple[Array, ...]:
    """Return the derivative of ``sum(dy * function(*arrays))`` with respect to each array.

    The derivative is compared with differences along a random direction of each array, in float64. So the function is
    called several times, and has to give the same result each time.

    Parameters
    ----------
    function
        NumPy code, in place or not. It is given copies of the arrays.
    dy
        Gradient of the result, where that is not a single number.
    dtype
        Floating-point type to compute in.

    Raises
    ------
    TracingError
        If an operation has no rule, a traced number would become a plain one, an infinite slope is multiplied by a
        gradient that is 0 at this point alone, or the derivative is not that of differences.
    """
    exact = [np.array(array, np.result_type(np.float64, np.asarray(array))) for array in arrays]

    def plain(*at: Array) -> Any:
        return function(*map(np.copy, at))

    def derive(weights: Any, *at: Array) -> Found:
        return _derived(function, at, weights, np.float64)

    try:
        found = _derived(function, arrays, dy, dtype)
    except GlassnetError:
        raise
    except Exception as error:
        plain(*exact)  # a mistake that has nothing to do with the tape shows here too
        raise failed(error) from error
    check_slopes(plain, derive, exact, [f"argument {number}" for number in range(1, len(exact) + 1)])
    return tuple(found.gradients)


def _derived(function: Callable[..., Any], arrays: Iterable[Array], dy: Any, dtype: Any) -> Found:
    tape = Tape(dtype)
    traced = [tape.array(array) for array in arrays]
    y = function(*traced)
    tape.backward(y, dy, counts=np.asarray(dy) != 0)
    if (pole := pole_of(tape.statements)) is not None:
        problem = f"{name_of(pole.function)} has an infinite slope here, and its gradient is 0 at this point alone"
        raise untraceable(f"{problem}: their product is not defined; keep away from the point", pole.line)
    return Found(np.copy(value_of(noted_now(y))), [one.gradient for one in traced], tape.precision)


@tape_of_formulas
class Tape:
    """What was run, in its order."""

    def __init__(self, dtype: Any = np.float64) -> None:
        self.dtype = np.dtype(dtype)
        self.statements: list[TapeEntry] = []
        self._arrays: list[TracedArray] = []

    def array(self, value: Any) -> TracedArray:
        """Return a traced copy of an array, in the type of the tape; complex numbers stay complex."""
        complex_too = np.result_type(self.dtype, np.complex64) if np.iscomplexobj(value) else self.dtype
        return self.holding(np.array(value, complex_too))

    @property
    def precision(self) -> float:
        """The machine epsilon of the coarsest type of a result."""
        results = [leaf for statement in self.statements for leaf in tree_leaves(statement.y) if has_slope(leaf)]
        return float(max((np.finfo(result.dtype).eps for result in results), default=np.finfo(np.float64).eps))

    def holding(self, value: Any) -> TracedArray:
        """Return a traced copy of a result; of a NumPy scalar, one that is not changed in place either."""
        kind = TracedArray if isinstance(value, np.ndarray) else TracedScalar
        value = np.copy(value)
        self._arrays.append(kind(self, value, zeros_beside(value)))
        return self._arrays[-1]

    def backward(self, y: Any, dy: Any = 1.0, *, counts: Any = True) -> list[Any]:
        """Fill the gradients of all arrays, given that of `y`, and return that of each statement's result.

        Parameters
        ----------
        y, dy
            The final result and its gradient.
        counts
            Where `y` has a share in what is differentiated. There a `dy` of 0 may be 0 at this point alone.

        Raises
        ------
        TracingError
            If `y` is neither an array nor a number, or is complex.
        """
        y = noted_now(y)
        result = value_of(y)
        real = isinstance(result, int | float) or (is_array(result) and result.dtype.kind in "biuf")
        if not real:
            raise TracingError(
                f"what is differentiated is one array of real numbers, or one number (got {described(result)}); "
                "join several with np.stack or np.concatenate, and make complex ones real with np.abs or .real"
            )
        with np.errstate(all="ignore"):  # a rule also computes slopes that are not needed, such as log a of a^2
            gradients = self._read_backwards(y, dy)
            if any(statement.undefined for statement in self.statements):
                self._begin_again(y, counts)
                find_poles(self.statements)
                self._begin_again(y, 0)
                gradients = self._read_backwards(y, dy)
        return gradients

    def _read_backwards(self, y: Any, dy: Any) -> list[Any]:
        if isinstance(y, TracedArray):
            y.gradient += dy
        return [statement.reverse() for statement in reversed(self.statements)][::-1]

    def _begin_again(self, y: Any, dy: Any) -> None:
        """Set the gradient of `y`, and all others to 0."""
        for array in self._arrays:
            array.gradient[...] = 0
        y.gradient[...] = dy

    def run(self, function: Any, arguments: tuple[Any, ...], named: dict[str, Any], *, noted: bool = False) -> Any:
        """Compute one operation and note it, or return a view; with `noted`, a view is noted too.

        Raises
        ------
        TracingError
            If the derivative of the operation is not known, or would be lost.
        """
        arguments, named, out = bind(function, arguments, named, is_traced)
        writes = function in WRITERS
        out = array_to_write(function, arguments[0] if writes else out)
        values, where = tree_map(value_of, arguments), True
        result = None if out is None else np.copy(value_of(out))
        if writes:
            called(function, (result, *tree_map(read_only, values[1:])), named)
        elif isinstance(function, np.ufunc):
            computed = function(*values, **named, **({} if out is None else {"out": result}))
            result, where = computed, copied(named.pop("where", True))
        elif out is not None:
            called(function, tree_map(read_only, values), {**named, "out": result})
        else:
            result = called(function, tree_map(read_only, values), named)
            if not noted and (views := self._views(function, arguments, named, result)) is not None:
                return views
        holding = self.note(function, arguments, named, result, out, where)
        return None if writes else holding

    def note(
        self, function: Any, arguments: tuple[Any, ...], named: dict[str, Any], result: Any, out: Any, where: Any
    ) -> Any:
        """Note an operation that was computed, if its result has a slope, and return what holds the result."""
        constant = is_constant(result) or (out is not None and gives_truth_values(function))
        if not isinstance(out, TracedArray):
            if constant and out is None:
                return result
            if out is not None:
                if not constant:
                    raise untraceable(f"{name_of(function)}: {LOST}")
                out[...] = result
                return out
            if not is_traced(arguments):  # made for a traced array, by like=
                return tree_map(self.holding, result)
        if not constant and not all(has_slope(leaf) or is_constant(leaf) for leaf in tree_leaves(result)):
            raise untraceable(f"{name_of(function)} returns {described(result)}, which the tape does not follow")
        arguments = tree_map(noted_now, arguments)
        values = tree_map(copied, arguments)
        table = COMPLEX_RULES if any(map(is_complex, tree_leaves((values, result)))) else VJPS
        if constant:
            rule, named = zero_slopes, {}
        else:
            check_type(function, named)
            if table is COMPLEX_RULES and function not in table and (function in VJPS or function in of_plugins()):
                raise untraceable(f"{name_of(function)} has no derivative for complex numbers here")
            rule, values, named = rule_for(function, table, values, named)
        named = {name: copied(value) for name, value in named.items()}
        if out is None:
            out = tree_map(lambda leaf: self.holding(leaf) if has_slope(leaf) else leaf, result)
        else:
            out.value[...] = result
        y = tree_map(lambda leaf: np.asarray(leaf) if has_slope(leaf) else leaf, result)
        self.statements.append(TapeEntry(function, rule, arguments, values, named, y, out, where, authors_line()))
        return out

    def _views(self, function: Any, arguments: tuple[Any, ...], named: dict[str, Any], result: Any) -> Any:
        """Return `result` with the same views of the gradients, or None if it is not a view of a traced array."""
        traced = [leaf for leaf in tree_leaves(arguments) if isinstance(leaf, TracedArray)]
        if all(source_of(leaf, traced) is None for leaf in tree_leaves(result)):
            return None
        # What may be written to shows in views of the arrays themselves.
        result = function(*tree_map(value_of, arguments), **named)
        plain = [
            leaf
            for leaf in tree_leaves(arguments)
            if isinstance(leaf, np.ndarray) and not isinstance(leaf, TracedArray)
        ]

        def view(leaf: Any) -> Any:
            source = source_of(leaf, traced)
            if source is None:
                return leaf
            if not is_part_of(leaf, source.value):
                raise untraceable(f"{name_of(function)} shows {source.dtype} as {leaf.dtype}: {LOST}")
            if not shows_twice(leaf) and source.later is None:
                return TracedArray(self, leaf, same_view(leaf, source.gradient))
            # It shows an element in two places, so it has no gradient; it is noted as an operation when it is used.
            if leaf is not result:
                raise untraceable(f"{name_of(function)} shows an element in two places; copy first")
            return TracedArray(
                self, leaf, None, lambda: self.run(function, tree_map(noted_now, arguments), named, noted=first)
            )

        if any(
            source_of(leaf, traced) is None and not (shares_memory(leaf, plain) or is_constant(leaf))
            for leaf in tree_leaves(result)
        ):
            return None
        first = not any(one.later for one in traced)
        return tree_map(view, result)
