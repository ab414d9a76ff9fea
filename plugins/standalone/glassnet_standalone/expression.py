"""Elementwise functions as expressions, found by running a component's own code on a symbol in place of an array."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import attrs
import numpy as np
from numpy.lib.mixins import NDArrayOperatorsMixin

import glassnet as gn


@attrs.frozen(eq=False)
class Expression:
    """A function of expressions and numbers.

    Attributes
    ----------
    function
        The name of NumPy's function, such as ``"maximum"``; ``"x"`` for the input.
    arguments
        Expressions and numbers.
    """

    function: str
    arguments: tuple[Any, ...] = ()


# A longer part of a formula becomes a variable.
_LONGEST = 70


class _NotElementwiseError(Exception):
    """The code does something that is not done to each element alike."""


class _Symbol(NDArrayOperatorsMixin):
    """What an activation is given in place of an array: what is done to it becomes an expression."""

    def __init__(self, expression: Expression, dtype: np.dtype[Any]) -> None:
        self.expression = expression
        self.dtype = dtype

    def __array_ufunc__(self, ufunc: np.ufunc, method: str, *arguments: Any, **named: Any) -> _Symbol:
        if method != "__call__" or named or ufunc.nout != 1 or ufunc.signature is not None:
            raise _NotElementwiseError
        return self._made({"true_divide": "divide"}.get(ufunc.__name__, ufunc.__name__), arguments)

    def _made(self, function: str, arguments: tuple[Any, ...]) -> _Symbol:
        return _Symbol(_simplified(function, tuple(map(_argument, arguments))), self.dtype)

    def __array_function__(self, function: Any, types: Any, arguments: tuple[Any, ...], named: dict[str, Any]) -> Any:
        if function is np.where and len(arguments) == 3 and not named:
            return self._made("where", arguments)
        if function is np.clip and len(arguments) == 3 and not named:
            return np.minimum(np.maximum(arguments[0], arguments[1]), arguments[2])
        if function in _FILLED and len(arguments) == 1 and not named:
            return _FILLED[function]
        raise _NotElementwiseError

    def astype(self, dtype: Any, **_: Any) -> _Symbol:
        return self

    def copy(self) -> _Symbol:
        return self

    def __bool__(self) -> bool:
        raise _NotElementwiseError


_FILLED: dict[Any, float] = {np.zeros_like: 0.0, np.ones_like: 1.0}


def expression_of(layer: gn.Layer, dtype: np.dtype[Any]) -> Expression | None:
    """Return the formula of an activation for numbers of a type; None if the layer is not an elementwise activation."""
    if layer.kind != "activation":
        return None
    forward: Callable[[Any], Any] = layer.forward
    try:
        y = forward(_Symbol(Expression("x"), dtype))
    except Exception:  # the code was not made for symbols
        return None
    return y.expression if isinstance(y, _Symbol) else None


def _simplified(function: str, arguments: tuple[Any, ...]) -> Any:
    """Return a function of arguments: without products with 0 and sums with 0, and a square as a product."""
    if function == "multiply" and 0.0 in arguments:
        return Expression("constant", (0.0,))
    if function == "add" and any(_is_zero(each) for each in arguments):
        (kept,) = arguments[1:] if _is_zero(arguments[0]) else arguments[:1]
        return kept if isinstance(kept, Expression) else Expression("constant", (kept,))
    return Expression("multiply", arguments * 2) if function == "square" else Expression(function, arguments)


def _is_zero(argument: Any) -> bool:
    return argument == 0.0 or (
        isinstance(argument, Expression) and argument.function == "constant" and argument.arguments == (0.0,)
    )


def uses_of(expression: Expression) -> dict[int, int]:
    """Return how often each part of an expression is used, by its id."""
    uses: dict[int, int] = {}

    def visit(part: Expression) -> None:
        uses[id(part)] = uses.get(id(part), 0) + 1
        if uses[id(part)] == 1:
            for argument in part.arguments:
                if isinstance(argument, Expression):
                    visit(argument)

    visit(expression)
    return uses


def lines_of(
    expression: Expression, text: Callable[[str, list[str]], str], number: Callable[[float], str]
) -> tuple[list[tuple[str, str]], str]:
    """Return an expression as text: variables that are used more than once, with their values, and the result.

    Parameters
    ----------
    expression
        A function of ``x``.
    text
        Returns the text of a function of given arguments.
    number
        Returns the text of a number.
    """
    uses = uses_of(expression)
    names: dict[int, str] = {}
    variables: list[tuple[str, str]] = []

    def written(part: Any) -> str:
        if not isinstance(part, Expression):
            return number(part)
        if part.function == "x":
            return "x"
        if part.function == "constant":
            return number(part.arguments[0])
        if id(part) in names:
            return names[id(part)]
        made = text(part.function, [written(argument) for argument in part.arguments])
        if uses[id(part)] == 1 and len(made) < _LONGEST:
            return made
        names[id(part)] = f"t{len(variables) + 1}"
        variables.append((names[id(part)], made))
        return names[id(part)]

    return variables, written(expression)


INFIX = {
    "add": "+",
    "subtract": "-",
    "multiply": "*",
    "divide": "/",
    "greater": ">",
    "greater_equal": ">=",
    "less": "<",
    "less_equal": "<=",
    "equal": "==",
    "not_equal": "!=",
}
# How strongly operators bind; a comparison least of all.
_BINDS = {"+": 1, "-": 1, "*": 2, "/": 2}
_ATOM = 4


def infix(function: str, left: str, right: str) -> str:
    """Return two expressions with the operator of a function between them, and brackets where they are needed."""
    operator = INFIX[function]
    level = _BINDS.get(operator, 0)
    left = f"({left})" if _level(left) < max(level, 1) else left
    return f"{left} {operator} {f'({right})' if _level(right) <= level else right}"


def negative(text: str) -> str:
    """Return an expression with a minus in front of it."""
    return f"-{text}" if _level(text) == _ATOM else f"-({text})"


def _level(text: str) -> int:
    """Return how strongly the outermost operator of an expression binds."""
    depth, level = 0, 3 if text.startswith("-") else _ATOM
    for place, letter in enumerate(text):
        depth += (letter in "([") - (letter in ")]")
        if depth == 0 and text[place - 1 : place] == " " and text[place + 1 : place + 2] in (" ", "="):
            level = min(level, _BINDS.get(letter, 0))
    return level


def _argument(argument: Any) -> Any:
    """Return an argument as an expression or a number."""
    if isinstance(argument, _Symbol):
        return argument.expression
    if isinstance(argument, Expression | bool | int | float | np.number) or np.ndim(argument) == 0:
        return float(argument)
    raise _NotElementwiseError
