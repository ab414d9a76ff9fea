"""Automatic differentiation: NumPy code is run once and noted down, and the notes are read backwards.

The code is given `Traced` arrays. NumPy hands each operation on them to the tape (``__array_ufunc__`` and
``__array_function__``), which computes it and notes a statement ``y = f(a, b)``. Beside every array lies a second one,
its gradient, and a view of the array has the same view of the gradient. So a statement that wrote into a part of a
work buffer is undone like any other: the gradient of that part is what the rule of f gets; zero takes its place,
because what was there before has no influence any more; and what the rule returns is added to the gradients of a and
b. Griewank and Walther (2008), Evaluating Derivatives, chapters 3 and 4.
"""

from __future__ import annotations

import operator
from collections.abc import Callable, Iterable, Iterator
from typing import Any

import attrs
import numpy as np

from glassnet.errors import GlassnetError, TracingError
from glassnet.support.memory import read_only_view, same_view, shows_twice, zeros_beside
from glassnet.types import Array
from glassnet_autodiff.calls import bind, is_constant, rule_for
from glassnet_autodiff.derivatives import Rule, each, fit, leaves, name_of, of_plugins
from glassnet_autodiff.poles import find_poles, pole_of
from glassnet_autodiff.rules import COMPLEX_RULES, RULES
from glassnet_autodiff.rules.rule import zero_slopes
from glassnet_autodiff.slope_check import Found, check_slopes
from glassnet_autodiff.traced_array import LOST, Traced, TracedScalar, is_traced, noted_now, value_of
from glassnet_autodiff.traced_float import keep_numbers
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
    y = keep_numbers(function)(*traced)
    tape.backward(y, dy, counts=np.asarray(dy) != 0)
    if (pole := pole_of(tape.statements)) is not None:
        problem = f"{name_of(pole.function)} has an infinite slope here, and its gradient is 0 at this point alone"
        raise untraceable(f"{problem}: their product is not defined; keep away from the point", pole.line)
    return Found(np.copy(value_of(noted_now(y))), [one.gradient for one in traced], tape.precision)


WRITERS = {
    *(np.copyto, operator.setitem, np.put, np.putmask, np.place, np.put_along_axis, np.fill_diagonal),
    *(np.add.at, np.subtract.at),
}


@attrs.frozen(eq=False)
class Statement:
    """One operation: its arguments, their values then, the result, what holds the result now, and the author's line."""

    function: Callable[..., Any]
    rule: Rule
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
        return each(self._taken, self.output)

    def add_gradients(self, gradients: Iterable[Any]) -> None:
        """Add to the gradients of the arguments."""
        given = zip(self.arguments, self.values, gradients, strict=False)
        for number, (argument, value, its) in enumerate(given, 1):
            for array, gradient in _matched(argument, value, its):
                if isinstance(array, Traced):
                    self._add(number, array, gradient)

    def result_of(self, values: Iterable[Any]) -> Any:
        """Return the result for other values of the arguments."""
        if self.function in WRITERS:
            return self.y
        return each(np.asarray, self.function(*values, **self.named))

    def _add(self, number: int, array: Traced, gradient: Any) -> None:
        if gradient is None:
            problem = f"{name_of(self.function)} has no derivative with respect to argument {number} here"
            raise untraceable(problem, self.line)
        array.add_gradient(fit(np.where(self.where, gradient, 0), array.shape))

    def _taken(self, output: Any) -> Any:
        """Return the gradient of an output, and leave zero there."""
        if not isinstance(output, Traced):
            return None
        g = np.where(self.where, output.gradient, 0)
        np.copyto(output.gradient, 0, where=self.where)
        return g

    def _gradients(self, g: Any) -> tuple[Any, ...]:
        is_zero = not any(np.any(one) for one in leaves(g))
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
        if any(np.isnan(one).any() for one in leaves(gradient) if one is not None):
            self.undefined[place] = True
        value = np.nan if self.poles.get(place, False) else 0.0
        return each(lambda leaf: np.full(np.shape(leaf), value), self.values[place])


def _matched(argument: Any, value: Any, gradient: Any) -> Iterator[tuple[Any, Any]]:
    """Yield each array of an argument with its gradient; that of a list of numbers may be one array."""
    if not isinstance(argument, (list, tuple)):
        yield argument, gradient
    else:
        if gradient is None:
            gradient = (None,) * len(argument)
        elif not isinstance(gradient, (list, tuple)):
            shape = np.shape(value)
            gradient = np.broadcast_to(fit(np.asarray(gradient), shape), shape)
        for parts in zip(argument, value, gradient, strict=True):
            yield from _matched(*parts)


class Tape:
    """What was run, in its order."""

    def __init__(self, dtype: Any = np.float64) -> None:
        self.dtype = np.dtype(dtype)
        self.statements: list[Statement] = []
        self._arrays: list[Traced] = []

    def array(self, value: Any) -> Traced:
        """Return a traced copy of an array, in the type of the tape; complex numbers stay complex."""
        complex_too = np.result_type(self.dtype, np.complex64) if np.iscomplexobj(value) else self.dtype
        return self.holding(np.array(value, complex_too))

    @property
    def precision(self) -> float:
        """The machine epsilon of the coarsest type of a result."""
        results = [leaf for statement in self.statements for leaf in leaves(statement.y) if _has_slope(leaf)]
        return float(max((np.finfo(result.dtype).eps for result in results), default=np.finfo(np.float64).eps))

    def holding(self, value: Any) -> Traced:
        """Return a traced copy of a result; of a NumPy scalar, one that is not changed in place either."""
        kind = Traced if isinstance(value, np.ndarray) else TracedScalar
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
        real = isinstance(result, int | float) or (_is_array(result) and result.dtype.kind in "biuf")
        if not real:
            raise TracingError(
                f"what is differentiated is one array of real numbers, or one number (got {_told(result)}); "
                "join several with np.stack or np.concatenate, and make complex ones real with np.abs or .real"
            )
        with np.errstate(all="ignore"):  # a rule also computes what nobody needs, such as log a of a^2
            gradients = self._read_backwards(y, dy)
            if any(statement.undefined for statement in self.statements):
                self._begin_again(y, counts)
                find_poles(self.statements)
                self._begin_again(y, 0)
                gradients = self._read_backwards(y, dy)
        return gradients

    def _read_backwards(self, y: Any, dy: Any) -> list[Any]:
        if isinstance(y, Traced):
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
        out = _array_to_write(function, arguments[0] if writes else out)
        values, where = each(value_of, arguments), True
        result = None if out is None else np.copy(value_of(out))
        if writes:
            _call(function, (result, *each(_read_only, values[1:])), named)
        elif isinstance(function, np.ufunc):
            computed = function(*values, **named, **({} if out is None else {"out": result}))
            result, where = computed, _copy(named.pop("where", True))
        elif out is not None:
            _call(function, each(_read_only, values), {**named, "out": result})
        else:
            result = _call(function, each(_read_only, values), named)
            if not noted and (views := self._views(function, arguments, named, result)) is not None:
                return views
        holding = self.note(function, arguments, named, result, out, where)
        return None if writes else holding

    def note(
        self, function: Any, arguments: tuple[Any, ...], named: dict[str, Any], result: Any, out: Any, where: Any
    ) -> Any:
        """Note an operation that was computed, if its result has a slope, and return what holds the result."""
        constant = is_constant(result) or (out is not None and _compares(function))
        if not isinstance(out, Traced):
            if constant and out is None:
                return result
            if out is not None:
                if not constant:
                    raise untraceable(f"{name_of(function)}: {LOST}")
                out[...] = result
                return out
            if not is_traced(arguments):  # made for a traced array, by like=
                return each(self.holding, result)
        if not constant and not all(_has_slope(leaf) or is_constant(leaf) for leaf in leaves(result)):
            raise untraceable(f"{name_of(function)} returns {_told(result)}, which the tape does not follow")
        arguments = each(noted_now, arguments)
        values = each(_copy, arguments)
        table = COMPLEX_RULES if any(map(_is_complex, leaves((values, result)))) else RULES
        if constant:
            rule, named = zero_slopes, {}
        else:
            _check_type(function, named)
            if table is COMPLEX_RULES and function not in table and (function in RULES or function in of_plugins()):
                raise untraceable(f"{name_of(function)} has no derivative for complex numbers here")
            rule, values, named = rule_for(function, table, values, named)
        named = {name: _copy(value) for name, value in named.items()}
        if out is None:
            out = each(lambda leaf: self.holding(leaf) if _has_slope(leaf) else leaf, result)
        else:
            out.value[...] = result
        y = each(lambda leaf: np.asarray(leaf) if _has_slope(leaf) else leaf, result)
        self.statements.append(Statement(function, rule, arguments, values, named, y, out, where, authors_line()))
        return out

    def _views(self, function: Any, arguments: tuple[Any, ...], named: dict[str, Any], result: Any) -> Any:
        """Return `result` with the same views of the gradients, or None where it is no view of what is traced."""
        traced = [leaf for leaf in leaves(arguments) if isinstance(leaf, Traced)]
        if all(_source(leaf, traced) is None for leaf in leaves(result)):
            return None
        # What may be written to shows in views of the arrays themselves.
        result = function(*each(value_of, arguments), **named)
        plain = [leaf for leaf in leaves(arguments) if isinstance(leaf, np.ndarray) and not isinstance(leaf, Traced)]

        def view(leaf: Any) -> Any:
            source = _source(leaf, traced)
            if source is None:
                return leaf
            if not _is_part_of(leaf, source.value):
                raise untraceable(f"{name_of(function)} shows {source.dtype} as {leaf.dtype}: {LOST}")
            if not shows_twice(leaf) and source.later is None:
                return Traced(self, leaf, same_view(leaf, source.gradient))
            # It shows an element in two places, so it has no gradient; it is noted as an operation when it is used.
            if leaf is not result:
                raise untraceable(f"{name_of(function)} shows an element in two places; copy first")
            return Traced(self, leaf, None, lambda: self.run(function, each(noted_now, arguments), named, noted=first))

        if any(
            _source(leaf, traced) is None and not (_shares(leaf, plain) or is_constant(leaf)) for leaf in leaves(result)
        ):
            return None
        first = not any(one.later for one in traced)
        return each(view, result)


def _compares(function: Any) -> bool:
    """Tell whether a function returns truth values, into whatever array they are put."""
    return isinstance(function, np.ufunc) and not {"d->?", "dd->?"}.isdisjoint(function.types)


def _array_to_write(function: Any, out: Any) -> Any:
    """Return the one array that the result is put into, which NumPy may hand over in a tuple, or None."""
    if isinstance(out, tuple):
        if len(out) > 1:
            raise untraceable(f"{name_of(function)} with several arrays as out= is not followed; leave out= away")
        (out,) = out
    if not isinstance(out, Traced | np.ndarray | None) or type(out) is TracedScalar or getattr(out, "later", None):
        raise untraceable(
            f"{name_of(function)} cannot write to a {type(value_of(out)).__name__}; give an array of its own"
        )
    return out


def _call(function: Any, arguments: tuple[Any, ...], named: dict[str, Any]) -> Any:
    """Call a function that is not to write into its arguments."""
    try:
        return function(*arguments, **named)
    except ValueError as error:
        if "read-only" not in str(error):
            raise
        raise untraceable(f"{name_of(function)} writes into an argument, which the tape does not follow") from None


def _check_type(function: Any, named: dict[str, Any]) -> None:
    """Refuse a computation in integers whose result is floating."""
    if named.get("dtype") is not None and np.dtype(named["dtype"]).kind not in "fc":
        raise untraceable(f"{name_of(function)} with dtype={named['dtype']!r} has no derivative; give a floating type")


def _source(leaf: Any, traced: list[Any]) -> Any:
    """Return the traced array that `leaf` shows a part of, or None."""
    return next((one for one in traced if _shares(leaf, [one.value])), None)


def _shares(leaf: Any, arrays: list[Array]) -> bool:
    return isinstance(leaf, np.ndarray) and any(np.may_share_memory(leaf, array) for array in arrays)


def _is_part_of(view: Array, array: Array) -> bool:
    """Tell whether the elements of `view` are elements of `array`, or real or imaginary parts of them."""
    return view.dtype in (array.dtype, np.empty(0, array.dtype).real.dtype)


def _is_array(leaf: Any) -> bool:
    return isinstance(leaf, np.ndarray | np.generic)


def _has_slope(leaf: Any) -> bool:
    return leaf.dtype.kind in "fc" if _is_array(leaf) else isinstance(leaf, float | complex)


def _is_complex(leaf: Any) -> bool:
    return isinstance(leaf, complex) or (_is_array(leaf) and leaf.dtype.kind == "c")


def _told(result: Any) -> str:
    return f"an array of type {result.dtype}" if isinstance(result, np.ndarray) else type(result).__name__


def _read_only(leaf: Any) -> Any:
    return read_only_view(leaf) if isinstance(leaf, np.ndarray) else leaf


def _copy(leaf: Any) -> Any:
    return np.copy(value_of(leaf)) if isinstance(leaf, Traced | np.ndarray) else leaf
