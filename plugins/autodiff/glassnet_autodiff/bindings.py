"""The names that an author gives to arrays: the local variables of a forward, as it runs."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType
from typing import Any

import attrs

from glassnet.components.layer import Layer
from glassnet.components.loss import Loss
from glassnet_autodiff.tape import Tape
from glassnet_autodiff.traced_array import TracedArray

# What a variable in a loop is bound to more often than this is not followed further.
_MOST = 10_000


@attrs.frozen(eq=False)
class Binding:
    """A variable that was given an array.

    Attributes
    ----------
    position
        The number of operations on the tape before.
    name
        The variable.
    array
        The traced array.
    """

    position: int
    name: str
    array: TracedArray


@contextmanager
def bindings_noted(tape: Tape) -> Iterator[list[Binding]]:
    """Note which variables of a component's `forward` or `per_sample` are given traced arrays in the block."""
    found: list[Binding] = []
    bound: dict[tuple[int, str], Any] = {}

    def in_forward(frame: FrameType, event: str, _: Any) -> Any:
        for name, value in frame.f_locals.items():
            is_new = type(value) is TracedArray and bound.get((id(frame), name)) is not value
            if is_new and value.later is None and len(found) < _MOST:
                bound[id(frame), name] = value
                found.append(Binding(len(tape.statements), name, value))
        return in_forward

    def in_any(frame: FrameType, event: str, _: Any) -> Any:
        is_component = isinstance(frame.f_locals.get("self"), (Layer, Loss))
        return in_forward if is_component and frame.f_code.co_name in ("forward", "per_sample") else None

    before = sys.gettrace()
    sys.settrace(in_any)
    try:
        yield found
    finally:
        sys.settrace(before)
