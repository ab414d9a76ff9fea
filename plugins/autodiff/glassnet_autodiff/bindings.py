"""The names that an author gives to arrays: the local variables of a forward, as it runs."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType
from typing import Any

import attrs

from glassnet.components.context import Context
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
        The variable; that of a layer within the layer is called by its place there too, as ``"1.attention"``.
    array
        The traced array.
    words
        What the component calls the variable in words, without axes, and with the place; else the name.
    axes
        What it calls the array's axes; empty if it does not say.
    count
        What it calls the number of the array, of a variable that is given several in a loop.
    is_in_words
        Whether the component says what the variable is called.
    """

    position: int
    name: str
    array: TracedArray
    words: str
    axes: tuple[str, ...]
    count: str
    is_in_words: bool


@contextmanager
def bindings_noted(tape: Tape) -> Iterator[list[Binding]]:
    """Note which variables of a component's `forward` or `per_sample` are given traced arrays in the block."""
    found: list[Binding] = []
    bound: dict[tuple[int, str], Any] = {}

    def note(frame: FrameType, place: str, name: str, value: Any, key: tuple[int, str]) -> None:
        is_new = type(value) is TracedArray and bound.get(key) is not value
        if is_new and value.later is None and len(found) < _MOST:
            bound[key] = value
            found.append(_binding(len(tape.statements), frame, place, name, value))

    def in_any(frame: FrameType, event: str, _: Any) -> Any:
        is_component = isinstance(frame.f_locals.get("self"), (Layer, Loss))
        if not is_component or frame.f_code.co_name not in ("forward", "per_sample"):
            return None
        place = _place_of(frame)

        def in_forward(frame: FrameType, event: str, result: Any) -> Any:
            for name, value in frame.f_locals.items():
                if not place or name != "y":
                    note(frame, place, name, value, (id(frame), name))
            if place and event == "return":  # the y of a layer within the layer is its output, as everywhere
                note(frame, place, "y", result[0] if isinstance(result, tuple) else result, (0, place))
            return in_forward

        return in_forward

    before = sys.gettrace()
    sys.settrace(in_any)
    try:
        yield found
    finally:
        sys.settrace(before)


def _binding(position: int, frame: FrameType, place: str, name: str, array: TracedArray) -> Binding:
    component = frame.f_locals["self"]
    words = component.variable_names if isinstance(component, Layer) else {}
    word, _, named = words.get(name, name).rstrip("]").partition("[")
    ndim, axes = array.value.ndim, named.split(", ") if named else []
    # One name more than the array has axes: the first is that of the loop. Names that do not fit are not used.
    count = axes.pop(0) if len(axes) == ndim + 1 else "time"
    axes = axes if len(axes) == ndim else []
    return Binding(position, place + name, array, place + (word or name), tuple(axes), count, name in words)


def _place_of(frame: FrameType | None) -> str:
    """Return where in the outermost layer a forward runs, as ``"1.0."``: the nearest context knows."""
    while frame is not None:
        for value in frame.f_locals.values():
            if isinstance(value, Context):
                inner = value.path.partition(".")[2]
                return f"{inner}." if inner else ""
        frame = frame.f_back
    return ""
