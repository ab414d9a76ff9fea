"""A program as calls of functions on one sample, with a plan of the memory: for C and JavaScript."""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

import attrs
import numpy as np

import glassnet as gn
from glassnet_standalone.expression import INFIX, infix, lines_of, negative
from glassnet_standalone.program import Call, Matrix, Program, Value, Vector

# How many numbers a function needs for itself, from the numbers that it is given.
_SCRATCH: dict[str, Callable[..., int]] = {
    "lstm": lambda time, features, units, _: 6 * units,
    "gru": lambda time, features, units, _: 4 * units,
    "self_attention": lambda time, features, *_: 4 * time * features + time,
}
_MASKED = tuple(_SCRATCH)
_MATHEMATICS = {
    "absolute": "fabsf",
    "arctan": "atanf",
    "ceil": "ceilf",
    "cos": "cosf",
    "exp": "expf",
    "expm1": "expm1f",
    "floor": "floorf",
    "log": "logf",
    "log1p": "log1pf",
    "maximum": "fmaxf",
    "minimum": "fminf",
    "power": "powf",
    "sin": "sinf",
    "sqrt": "sqrtf",
    "tanh": "tanhf",
}


@attrs.frozen
class Buffer:
    """Numbers of a sample: where they are in the memory, or in the input and the output."""

    name: str
    size: int
    start: int = -1


@attrs.frozen
class NativeCall:
    """A function with its arguments: buffers, arrays, None for those that are left out, and numbers."""

    function: str
    arguments: tuple[Any, ...]
    place: str
    layer: gn.Layer


@attrs.frozen
class NativeProgram:
    """Calls in order, the buffers that they use, and the functions in C.

    Attributes
    ----------
    calls
        The calls.
    buffers
        The buffers in the memory.
    memory
        How many numbers the memory has.
    functions
        The text of each function in C, by name, with the layer that it is of.
    """

    calls: list[NativeCall]
    buffers: list[Buffer]
    memory: int
    functions: dict[str, tuple[str, gn.Layer | None]]


def native_program(program: Program) -> NativeProgram:
    """Return a program with a plan of its memory.

    Raises
    ------
    OptionError
        If the formula of an activation has a function that C does not have.
    """
    roots = _roots(program)
    last_use = {}
    for number, call in enumerate(program.calls):
        for value in call.inputs:
            last_use[roots[value.number].number] = number
    result = roots[program.output.number].number
    plan = _Plan()
    buffers = {0: Buffer("x0", program.input.size)}
    calls: list[NativeCall] = []
    functions: dict[str, tuple[str, gn.Layer | None]] = {}
    for number, call in enumerate(program.calls):
        if call.kernel == "reshape":
            continue
        value = call.output
        is_result = value.number == result
        buffers[value.number] = Buffer("y", value.size) if is_result else plan.buffer(f"x{value.number}", value.size)
        for made in _calls(call, program, {place: buffers.get(root.number) for place, root in roots.items()}, plan):
            calls.append(made)
            if made.function not in functions:
                functions[made.function] = _function(call, made.function)
        for value in (*call.inputs, call.output):
            root = roots[value.number].number
            if root and root != result and last_use.get(root, -1) <= number:
                plan.free(buffers[root])
    if result == 0:  # nothing is computed
        size = program.input.size
        layer = program.network.layers[0]
        calls.append(NativeCall("copy", (buffers[0], Buffer("y", size), size), "0", layer))
        functions["copy"] = (kernels()["copy"], None)
    return NativeProgram(calls, plan.made, plan.memory, functions)


class _Plan:
    """The memory: which part of it each buffer has, and which parts are free again."""

    def __init__(self) -> None:
        self.made: list[Buffer] = []
        self.memory = 0
        self._used: dict[str, Buffer] = {}

    def buffer(self, name: str, size: int) -> Buffer:
        """Return a buffer at the first place that is free."""
        start = 0
        for other in sorted(self._used.values(), key=lambda each: each.start):
            if other.start - start >= size:
                break
            start = max(start, other.start + other.size)
        made = Buffer(name, size, start)
        self._used[name] = made
        self.made.append(made)
        self.memory = max(self.memory, start + size)
        return made

    def free(self, buffer: Buffer) -> None:
        """Give a buffer's part of the memory back."""
        self._used.pop(buffer.name, None)


def _roots(program: Program) -> dict[int, Value]:
    """Return for each value the one that holds its elements: a reshaped value has none of its own."""
    roots = {0: program.input}
    for call in program.calls:
        own = call.kernel != "reshape"
        roots[call.output.number] = call.output if own else roots[call.inputs[0].number]
    return roots


def _calls(call: Call, program: Program, buffers: dict[int, Buffer | None], plan: _Plan) -> list[NativeCall]:
    inputs = [buffers[value.number] for value in call.inputs]
    output = buffers[call.output.number]
    if call.kernel == "concat":
        rows, whole = (int(size) for size in call.sizes)
        first, calls = 0, []
        for value in call.inputs:
            own = value.shape[-1]
            given = (buffers[value.number], output, rows, own, whole, first)
            calls.append(NativeCall("columns_of", given, call.place, call.layer))
            first += own
        return calls
    if call.expression is not None:
        name = _name_of(call, program)
        return [NativeCall(name, (inputs[0], output, call.output.size), call.place, call.layer)]
    if call.kernel in _MASKED and len(inputs) == 1:
        inputs.append(None)
    arguments: tuple[Any, ...] = (*inputs, output, *call.arrays, *call.sizes)
    if call.kernel in _SCRATCH:
        scratch = plan.buffer(f"work{call.output.number}", _SCRATCH[call.kernel](*call.sizes))
        plan.free(scratch)
        arguments = (*arguments, scratch)
    return [NativeCall(call.kernel, arguments, call.place, call.layer)]


def _name_of(call: Call, program: Program) -> str:
    """Return the name of an elementwise function: with a number where the options of several differ."""
    same = list({repr(each.layer): None for each in program.calls if each.expression and each.kernel == call.kernel})
    name = call.kernel if call.kernel not in kernels() else f"{call.kernel}_of_elements"
    return f"{name}_{same.index(repr(call.layer)) + 1}" if len(same) > 1 else name


@cache
def kernels() -> dict[str, str]:
    """Return the functions in ``kernels.c`` by name."""
    text = (Path(__file__).parent / "kernels.c").read_text("utf-8")
    found = re.split(r"^(?=static inline)", text, flags=re.MULTILINE)[1:]
    return {re.match(r"static inline void (\w+)", each)[1]: each.rstrip() for each in found}  # type: ignore[index]


def _function(call: Call, name: str) -> tuple[str, gn.Layer | None]:
    if call.expression is None:
        return kernels()[name], None if name in ("columns_of", "is_not", "any_is_not", "both") else call.layer

    def text(function: str, arguments: list[str]) -> str:
        return _c_text(function, arguments, call)

    variables, result = lines_of(call.expression, text, _c_number)
    lines = [f"        float {variable} = {value};" for variable, value in variables]
    head = f"static inline void {name}(const float *input, float *y, int size)"
    loop = ["{", "    for (int i = 0; i < size; i++) {", "        float x = input[i];"]
    return "\n".join([head, *loop, *lines, f"        y[i] = {result};", "    }", "}"]), call.layer


def _c_text(function: str, arguments: list[str], call: Call) -> str:
    if function in INFIX:
        return infix(function, *arguments)
    if function == "negative":
        return negative(*arguments)
    if function == "where":
        return f"({arguments[0]} ? {arguments[1]} : {arguments[2]})"
    if function in _MATHEMATICS:
        return f"{_MATHEMATICS[function]}({', '.join(arguments)})"
    raise gn.OptionError(
        f"layer {call.place}, {call.layer!r}, calls np.{function}, which has no counterpart in C; "
        "export the network as model.py, or write the activation with exp, log, tanh, maximum, where and arithmetic"
    )


def _c_number(number: float) -> str:
    text = f"{np.float32(number)!s}"
    return f"{text if '.' in text or 'e' in text else text + '.0'}f"


def is_matrix(array: Any) -> bool:
    """Return whether an argument is weights."""
    return isinstance(array, Matrix)


def is_array(array: Any) -> bool:
    """Return whether an argument is parameters or state."""
    return isinstance(array, Matrix | Vector)
