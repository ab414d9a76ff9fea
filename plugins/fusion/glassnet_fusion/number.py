"""Symbols for the numbers of a step, ``lr`` and ``t``: they note how other numbers are computed from them."""

from __future__ import annotations

import operator
from collections.abc import Callable
from typing import Any

_SIGNS = {
    operator.add: "+",
    operator.sub: "-",
    operator.mul: "*",
    operator.truediv: "/",
    operator.floordiv: "//",
    operator.mod: "%",
    operator.pow: "**",
    operator.lt: "<",
    operator.le: "<=",
    operator.gt: ">",
    operator.ge: ">=",
    operator.eq: "==",
    operator.ne: "!=",
}


class NotFollowedError(Exception):
    """A number of a step went into a function that hides what it does with it."""


class Arithmetic:
    """The lines of Python that compute the numbers of a step; they are what the formula does, in the same order.

    Attributes
    ----------
    lines
        An assignment for each operation, and a test for each decision. If it turns out otherwise, the code returns
        None, since the formula would then go another way.
    """

    def __init__(self, names: tuple[str, ...], values: tuple[float, ...]) -> None:
        self.names = names
        self.numbers = [Number(self, name, value) for name, value in zip(names, values, strict=True)]
        self.lines: list[str] = []

    def compute(self, function: Callable[[Any, Any], Any], left: Any, right: Any) -> Number:
        """Note an operation of two numbers, and return its result."""
        texts = [one.name if type(one) is Number else _literal(one) for one in (left, right)]
        values = [one.value if type(one) is Number else one for one in (left, right)]
        name = f"n{len(self.lines)}"
        self.lines.append(f"{name} = {texts[0]} {_SIGNS[function]} {texts[1]}")
        return Number(self, name, function(*values))

    def code(self, results: list[Any]) -> str:
        """Return the code of a function of the numbers of a step: it returns `results`, or None."""
        texts = [one.name if type(one) is Number else _literal(one) for one in results]
        returned = f"return ({''.join(f'{text}, ' for text in texts)})"
        return "\n    ".join([f"def numbers({', '.join(self.names)}):", *self.lines, returned])


def function_of(code: str) -> Callable[..., tuple[float, ...] | None]:
    """Return the function that `Arithmetic.code` has written."""
    names: dict[str, Any] = {"inf": float("inf"), "nan": float("nan")}
    exec(code, names)  # it holds arithmetic of numbers alone
    made: Callable[..., tuple[float, ...] | None] = names["numbers"]
    return made


class Number:
    """Stands for a number while a formula is recorded."""

    __slots__ = ("arithmetic", "name", "value")
    __hash__ = None  # type: ignore[assignment]

    def __init__(self, arithmetic: Arithmetic, name: str, value: Any) -> None:
        self.arithmetic, self.name, self.value = arithmetic, name, value

    def __bool__(self) -> bool:
        outcome = bool(self.value)
        self.arithmetic.lines.append(f"if {'not ' if outcome else ''}{self.name}: return None")
        return outcome

    def __neg__(self) -> Number:
        return self.arithmetic.compute(operator.mul, -1, self)

    def __array_ufunc__(self, *_: Any, **__: Any) -> Any:
        return NotImplemented  # a symbol among the operands notes it

    def _hidden(self, *_: Any) -> Any:
        raise NotFollowedError

    __float__ = __int__ = __index__ = __round__ = __floor__ = __ceil__ = __trunc__ = __abs__ = __array__ = _hidden


def _literal(value: Any) -> str:
    if type(value) in (int, float):
        return f"({value!r})"
    raise NotFollowedError


def _method(function: Callable[[Any, Any], Any], *, reflected: bool) -> Callable[[Number, Any], Any]:
    def method(self: Number, other: Any) -> Any:
        if type(other) not in (int, float, Number):
            return NotImplemented
        return self.arithmetic.compute(function, *((other, self) if reflected else (self, other)))

    return method


for _function in _SIGNS:
    _name = _function.__name__
    setattr(Number, f"__{_name}__", _method(_function, reflected=False))
    if _SIGNS[_function] in "+-*//%**":
        setattr(Number, f"__r{_name}__", _method(_function, reflected=True))
