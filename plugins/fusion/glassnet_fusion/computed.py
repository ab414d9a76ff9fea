"""What a formula computes, as inputs and the results of operations on them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, Generic, TypeVar

import attrs

AnyComputed = TypeVar("AnyComputed", bound="Computed[Any]")


@attrs.frozen(eq=False)
class Computed(Generic[AnyComputed]):
    """An input, a scalar, or the result of an operation.

    Attributes
    ----------
    operation
        A ufunc, or a word of `entries`.
    operands
        What it is computed from, in the types in which it computes.
    number
        Of an input or a scalar its place among them.
    ufunc
        Of a reduction the function that it repeats.
    """

    operation: Any
    operands: tuple[AnyComputed, ...]
    dtype: Any
    number: int = attrs.field(default=0, kw_only=True)
    ufunc: Any = attrs.field(default=None, kw_only=True)


def in_order(outputs: Sequence[AnyComputed]) -> Iterator[AnyComputed]:
    """Iterate over some values and all that they are computed from, operands first."""
    seen: set[int] = set()
    waiting = [(value, False) for value in reversed(outputs)]
    while waiting:
        value, is_ready = waiting.pop()
        if is_ready:
            yield value
        elif id(value) not in seen:
            seen.add(id(value))
            waiting.append((value, True))
            waiting += [(each, False) for each in reversed(value.operands)]
