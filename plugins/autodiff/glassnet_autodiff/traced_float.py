"""``float(…)`` in code that is traced: a traced number stays one."""

from __future__ import annotations

from collections.abc import Callable
from types import FunctionType, MethodType
from typing import Any

import numpy as np


def keep_numbers(function: Callable[..., Any]) -> Callable[..., Any]:
    """Return a copy of a function or method for which ``float`` leaves traced numbers as they are.

    Python's own ``float`` makes a plain number of anything, so ``float(np.mean(y))`` would end a trace without a word.
    Functions of the same module that the function calls are copied along.
    """
    if isinstance(function, MethodType):
        return MethodType(keep_numbers(function.__func__), function.__self__)
    if not isinstance(function, FunctionType):
        return function
    names = {**function.__globals__, "float": _Float}
    for name, value in function.__globals__.items():
        if isinstance(value, FunctionType) and value.__globals__ is function.__globals__:
            names[name] = _copy(value, names)
    return _copy(function, names)


def _copy(function: FunctionType, names: dict[str, Any]) -> FunctionType:
    copy = FunctionType(function.__code__, names, function.__name__, function.__defaults__, function.__closure__)
    copy.__kwdefaults__ = function.__kwdefaults__
    return copy


class _KindOfNumber(type):
    """The class of what stands for ``float``."""

    def __call__(cls, value: Any = 0.0) -> Any:
        return value.item() if hasattr(value, "tape") else float(value)

    def __instancecheck__(cls, value: Any) -> bool:
        return isinstance(value, float)


class _Float(float, metaclass=_KindOfNumber):
    """``float`` for traced code, as a type: ``x.astype(float)`` and ``isinstance(x, float)`` mean what they do."""

    dtype = np.dtype(float)
