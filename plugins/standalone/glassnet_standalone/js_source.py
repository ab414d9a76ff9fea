"""A program in JavaScript: an ES module without dependencies, whose functions are those in C, translated."""

from __future__ import annotations

import base64
import json
import re
import textwrap
from typing import Any

import numpy as np

import glassnet as gn
from glassnet_standalone.c_source import input_type
from glassnet_standalone.js_rows import js_rows
from glassnet_standalone.lowering import program_of
from glassnet_standalone.native import Buffer, NativeCall, NativeProgram, is_array, native_program
from glassnet_standalone.native_rows import native_rows
from glassnet_standalone.program import Program
from glassnet_standalone.sources import explanation_of
from glassnet_standalone.texts import in_comment, in_javascript

# C as JavaScript: the functions use nothing else.
_TRANSLATIONS = (
    (r"\((?:float|int|sum_t)\)", ""),
    (r"\b(?:int|float|double|sum_t) (\w+) = ", r"let \1 = "),
    (r"\bfabsf\(", "Math.abs("),
    (r"\bf(max|min)f\(", r"Math.\1("),
    (r"\b(exp|expm1|log1p|log|tanh|sqrt|pow|sin|cos|atan|ceil|floor)f?\(", r"Math.\1("),
    (r"\bINFINITY\b", "Infinity"),
    (r"\b(\d+\.\d*(?:e[+-]?\d+)?|\d+e[+-]?\d+)f\b", r"\1"),
    (r" == ", " === "),
    (r" != ", " !== "),
)
_WEIGHTS = """\
/** Return the weights one after another, from base64 of their bytes. */
function unpacked(text) {{
    const letters = atob(text.replace(/\\s/g, ""));
    const bytes = new DataView(new ArrayBuffer(letters.length));
    for (let i = 0; i < letters.length; i++) bytes.setUint8(i, letters.charCodeAt(i));
    const numbers = new Float32Array(letters.length / 4);
    for (let i = 0; i < numbers.length; i++) numbers[i] = bytes.getFloat32(4 * i, true);
    return numbers;
}}

const weights = unpacked(`
{text}
`);
{parts}"""
_PREDICT = """\
/** The shape of a sample. */
export const inputShape = {shape};

/** The shape of the outputs for a sample. */
export const outputShape = {output_shape};
{memory}
/**
 * Return the outputs of the network for one sample.
 *
 * @param {{Array|TypedArray}} sample {inputs}, nested or in a row with the last axis fastest
 * @returns {{Float32Array}}
 */
export function predict(sample) {{
    const given = ArrayBuffer.isView(sample) ? sample : [sample].flat(Infinity);
    if (given.length !== {size}) {{
        throw new RangeError(`the sample has ${{given.length}} numbers; give {size}, of shape [${{inputShape}}]`);
    }}
    const x0 = Float32Array.from(given{scaled});
    const y = new Float32Array({outputs});
{calls}
    return y;
}}
"""
_CLASSES = """\
/** The names of the classes in the order of the outputs. */
export const classes = {classes};

/** Return the name of the most probable class of a {what}. */
export function classify(sample) {{
    const y = {answers};
    return classes[y.length === 1 ? Number(y[0] > 0.5) : y.indexOf(Math.max(...y))];
}}
"""


def js_source(network: gn.Network, classes: tuple[str, ...] = ()) -> str:
    """Return a network as the text of a module.

    Raises
    ------
    OptionError
        If a layer has no kernel.
    """
    program = program_of(network)
    native = native_program(program)
    of_rows = native_rows(network)
    classes = classes or tuple(getattr(network.preprocessing, "classes", ()))
    sizes = program.output.size, program.input.size
    rows = js_rows(of_rows, len(classes), *sizes, translated) if of_rows is not None else []
    parts = [
        _heading(network),
        "const AT = (w, row, columns, column) => w[row * columns + column];",
        *(_function(text, layer) for text, layer in native.functions.values()),
        _predict(program, native),
        *rows,
        *(
            [
                _CLASSES.format(
                    classes=in_javascript(list(classes)),
                    answers="Array.isArray(sample) || ArrayBuffer.isView(sample) ? predict(sample) : predictRow(sample)"
                    if rows
                    else "predict(sample)",
                    what="sample or row" if rows else "sample",
                )
            ]
            if classes
            else []
        ),
        _weights(program),
    ]
    return "\n\n".join(part.strip("\n") for part in parts) + "\n"


def _heading(network: gn.Network) -> str:
    layers = "\n * ".join(map(in_comment, textwrap.wrap(str(gn.Network(network.layers)).splitlines()[0], 110)))
    return (
        f"/**\n * A network that glassnet {gn.__version__} trained, as an ES module without dependencies.\n *\n"
        f" * {layers}\n *\n"
        ' * import { predict } from "./model.js";\n */'
    )


def _function(text: str, layer: gn.Layer | None) -> str:
    head, _, body = text.partition("\n{")
    name, arguments = re.match(r"static inline void (\w+)\((.*)\)", head, re.DOTALL).groups()  # type: ignore[union-attr]
    names = ", ".join(re.findall(r"(\w+)(?:,|$)", arguments))
    told = (
        ""
        if layer is None
        else "/**\n" + "".join(f" * {in_comment(line)}".rstrip() + "\n" for line in explanation_of(layer)) + " */\n"
    )
    return f"{told}function {name}({names}) {{{translated(body)}"


def translated(text: str) -> str:
    """Return statements in C as JavaScript."""
    for pattern, replacement in _TRANSLATIONS:
        text = re.sub(pattern, replacement, text)
    return text


def _predict(program: Program, native: NativeProgram) -> str:
    network = program.network
    memory = ""
    if native.memory:
        parts = "".join(
            f"const {each.name} = memory.subarray({each.start}, {each.start + each.size});\n" for each in native.buffers
        )
        memory = f"\nconst memory = new Float32Array({native.memory});\n{parts}"
    kind = input_type(network)
    return _PREDICT.format(
        shape=json.dumps(list(network.input_shape)),
        output_shape=json.dumps(list(network.output_shape)),
        memory=memory,
        inputs={"int": "integers", "unsigned char": "bytes from 0 to 255", "float": "numbers"}[kind],
        size=program.input.size,
        outputs=program.output.size,
        scaled=", (byte) => byte / 255" if kind == "unsigned char" else "",
        calls="\n".join(_calls(native.calls)),
    )


def _calls(calls: list[NativeCall]) -> list[str]:
    lines, place = [], None
    for call in calls:
        if call.place != place:
            place = call.place
            lines.append(f"    // {place}: {in_comment(repr(call.layer))}")
        lines.append(f"    {call.function}({', '.join(map(_argument, call.arguments))});")
    return lines


def _argument(argument: Any) -> str:
    if argument is None:
        return "null"
    if isinstance(argument, Buffer):
        return argument.name
    return f'w["{argument.name}"]' if is_array(argument) else repr(argument)


def _weights(program: Program) -> str:
    arrays = {name: np.asarray(array, "<f4") for name, array in program.arrays.items()}
    start, parts = 0, []
    for name, array in arrays.items():
        parts.append(
            f'    "{name}": weights.subarray({start}, {start + array.size}), // {" x ".join(map(str, array.shape))}'
        )
        start += array.size
    text = base64.b64encode(b"".join(array.tobytes() for array in arrays.values())).decode()
    listed = "\n".join(["const w = {", *parts, "};"])
    return _WEIGHTS.format(text="\n".join(textwrap.wrap(text, 116)), parts=listed)
