"""A program in C99: one header without allocation, with the weights as hexadecimal numbers."""

from __future__ import annotations

import re
import textwrap
from typing import Any

import numpy as np

import glassnet as gn
from glassnet_standalone.c_rows import c_rows
from glassnet_standalone.lowering import program_of, reads_pixels
from glassnet_standalone.native import Buffer, NativeCall, NativeProgram, is_array, is_matrix, native_program
from glassnet_standalone.native_rows import native_rows
from glassnet_standalone.program import Program
from glassnet_standalone.sample import expected_outputs, sample_in_c
from glassnet_standalone.sources import explanation_of
from glassnet_standalone.texts import in_c, in_comment

_FIRST = """\
/* {title}

   {layers}

       float y[{NAME}_OUTPUTS];
       {name}_predict(x, y);           x: {inputs}

   Compile it alone to see its size, its time and its difference from glassnet:

       cc -std=c99 -O2 -D{NAME}_MAIN -x c {name}.h -lm -o {name} && ./{name}

   {name}_predict uses one static array, so one thread may call it at a time; {name}_predict_in is given the memory.
   Sums are in double; -D{NAME}_SUM=float makes them float, for processors without double. */

#ifndef {NAME}_H
#define {NAME}_H

#include <math.h>
#include <string.h>

#define {NAME}_INPUTS {number_of_inputs}
#define {NAME}_OUTPUTS {number_of_outputs}
#define {NAME}_MEMORY {memory} /* numbers that {name}_predict_in needs */

#ifndef {NAME}_SUM
#define {NAME}_SUM double
#endif
"""
_FLOAT = """\
#define {name}_weight_t const float *
#define {NAME}_AT(w, row, columns, column) ((w)[(row) * (columns) + (column)])
"""
_INT8 = """\
/* A weight is an integer of 8 bits times the scale of its column. */
typedef struct {{
    const signed char *numbers;
    const float *scales;
}} {name}_weight_t;

static inline {name}_weight_t {name}_weights(const signed char *numbers, const float *scales)
{{
    {name}_weight_t w;
    w.numbers = numbers;
    w.scales = scales;
    return w;
}}

#define {NAME}_AT(w, row, columns, column) ((float)(w).numbers[(row) * (columns) + (column)] * (w).scales[column])
"""
_MAIN = """\
#ifdef {NAME}_MAIN
#include <stdio.h>
#include <time.h>

int main(void)
{{
    /* What glassnet computes for this sample. */
    static const float expected[{NAME}_OUTPUTS] = {{
{expected}
    }};
    static {input_type} x[{NAME}_INPUTS];
    static float y[{NAME}_OUTPUTS];
    float largest = 0;
    int rounds = 0;
    clock_t start;
    for (int i = 0; i < {NAME}_INPUTS; i++)
        x[i] = {sample};
    start = clock();
    while (rounds < 10 || clock() - start < CLOCKS_PER_SEC / 5) {{
        {name}_predict(x, y);
        rounds++;
    }}
    printf("size: %d numbers in %d bytes, memory: %d bytes\\n", {numbers}, {bytes}, (int)sizeof(float) * {NAME}_MEMORY);
    printf("time: %.4f ms a sample\\n", 1e3 * (double)(clock() - start) / CLOCKS_PER_SEC / rounds);
    for (int i = 0; i < {NAME}_OUTPUTS; i++)
        largest = fmaxf(largest, fabsf(y[i] - expected[i]));
    printf("largest difference from glassnet: %.2g\\n", largest);
{unused}    return 0;
}}
#endif
"""


def c_source(network: gn.Network, name: str, classes: tuple[str, ...] = (), *, int8: bool = False) -> str:
    """Return a network as the text of a header.

    Parameters
    ----------
    network
        A network that is built.
    name
        What the names in the header begin with.
    classes
        The names of the classes.
    int8
        Whether weights are stored as integers of 8 bits.

    Raises
    ------
    OptionError
        If a layer has no kernel.
    """
    program = program_of(network)
    native = native_program(program)
    rows = native_rows(network)
    classes = classes or tuple(getattr(network.preprocessing, "classes", ()))
    words = {"name": name, "NAME": name.upper()}
    kind = input_type(network)
    shape = " x ".join(map(str, network.input_shape))
    first = _FIRST.format(
        **words,
        title=f"A network that glassnet {gn.__version__} trained, in C99 without libraries and allocation.",
        layers="\n   ".join(map(in_comment, _wrapped(str(gn.Network(network.layers)).splitlines()[0]))),
        inputs=f"{shape} numbers of type {kind}, the last axis fastest",
        number_of_inputs=program.input.size,
        number_of_outputs=program.output.size,
        memory=max(native.memory + _converted(network, program), 1),
    )
    arrays, stored = _arrays(program, name, int8=int8)
    # Functions that the program of its own has no use for; clang warns of them there.
    unused = [*(["class"] if classes else []), *([] if rows is None else ["classify" if classes else "value"])]
    parts = [
        first,
        (_INT8 if int8 else _FLOAT).format(**words),
        *(_function(text, layer, native, name) for text, layer in native.functions.values()),
        *arrays,
        _predict(program, native, name, kind, int8=int8),
        *([_classes(name, classes)] if classes else []),
        *(c_rows(rows, name, len(classes), program.output.size) if rows is not None else []),
        _MAIN.format(
            **words,
            expected=_numbers(expected_outputs(program), 8),
            input_type=kind,
            sample=sample_in_c(program, kind),
            numbers=sum(array.size for array in program.arrays.values()),
            bytes=stored,
            unused="".join(f"    (void){name}_{each};\n" for each in unused),
        ),
        "#endif",
    ]
    return "\n\n".join(part.strip("\n") for part in parts) + "\n"


def input_type(network: gn.Network) -> str:
    """Return the type of a sample's numbers in C."""
    if network.integer_input:
        return "int"
    return "unsigned char" if reads_pixels(network) else "float"


def _converted(network: gn.Network, program: Program) -> int:
    """Return how many numbers of the memory hold the sample in floating point."""
    return 0 if input_type(network) == "float" else program.input.size


def _function(text: str, layer: gn.Layer | None, native: NativeProgram, name: str) -> str:
    text = re.sub(rf"\b({'|'.join(native.functions)})\(", rf"{name}_\1(", text)
    text = _rewrapped(text)
    text = text.replace("AT(", f"{name.upper()}_AT(").replace("sum_t", f"{name.upper()}_SUM")
    text = text.replace("weight_t ", f"{name}_weight_t ")
    if layer is None:
        return text
    told = "\n".join(f"   {in_comment(line)}".rstrip() for line in explanation_of(layer) or [repr(layer)]).strip()
    return f"/* {told} */\n{text}"


def _rewrapped(text: str) -> str:
    """Return a function with its head in lines of equal length, since its name has become longer."""
    head, _, body = text.partition("\n{")
    # A line is broken between parameters alone.
    words = ",".join(each.replace(" ", "\0") for each in " ".join(head.split()).split(", ")).replace(",", ", ")
    lines = textwrap.fill(words, 116, subsequent_indent="        ", break_long_words=False, break_on_hyphens=False)
    return f"{lines}\n{{{body}".replace("\0", " ")


def _arrays(program: Program, name: str, *, int8: bool) -> tuple[list[str], int]:
    """Return the weights as text, and how many bytes they are."""
    matrices = {
        argument.name
        for call in program.calls
        for argument in call.arrays
        if argument is not None and is_matrix(argument)
    }
    texts, size = [], 0
    for key, array in program.arrays.items():
        given = np.asarray(array, np.float32)
        title = f"/* {key}: {' x '.join(map(str, given.shape))} */\n"
        if int8 and key in matrices:
            numbers, scales = quantized(given)
            texts.append(f"{title}{_static('signed char', _c_name(name, key), numbers)}")
            texts.append(_static("float", f"{_c_name(name, key)}_scales", scales))
            size += numbers.size + scales.nbytes
        else:
            texts.append(f"{title}{_static('float', _c_name(name, key), given)}")
            size += given.nbytes
    return texts, size


def quantized(weights: gn.Array) -> tuple[gn.Array, gn.Array]:
    """Return weights as integers from -127 to 127, and the scale of each column of the last axis.

    Source: Jacob et al. (2018), Quantization and Training of Neural Networks for Efficient Integer-Arithmetic-Only
    Inference, CVPR, arXiv:1712.05877, section 2.1, with a zero point of 0.
    """
    largest = np.abs(weights.reshape(-1, weights.shape[-1])).max(axis=0)
    scales = np.where(largest > 0, largest / 127, 1).astype(np.float32)
    return np.rint(weights / scales).astype(np.int8), scales


def _static(kind: str, name: str, array: gn.Array) -> str:
    return (
        f"static const {kind} {name}[{array.size}] = {{\n{_numbers(array.ravel(), 8 if kind == 'float' else 24)}\n}};"
    )


def _numbers(array: gn.Array, in_a_line: int) -> str:
    if array.dtype.kind == "f":
        words = [_hexadecimal(float(number)) for number in array.ravel()]
    else:
        words = [str(number) for number in array.ravel().tolist()]
    lines = [", ".join(words[start : start + in_a_line]) for start in range(0, len(words), in_a_line)]
    return ",\n".join(f"    {line}" for line in lines)


def _hexadecimal(number: float) -> str:
    """Return a float32 as C writes it exactly, without the zeros at its end."""
    mantissa, _, exponent = number.hex().partition("p")
    return f"{mantissa.rstrip('0').rstrip('.')}p{exponent}f" if "." in mantissa else f"{mantissa}p{exponent}f"


def _predict(program: Program, native: NativeProgram, name: str, kind: str, *, int8: bool) -> str:
    converts = kind != "float"
    shift = program.input.size if converts else 0
    given = "x" if converts else "x0"
    lines = [f"static inline void {name}_predict_in(const {kind} *{given}, float *y, float *memory)", "{"]
    if converts:
        lines.append("    float *x0 = memory;")
    lines += [f"    float *{each.name} = memory + {each.start + shift};" for each in native.buffers]
    if converts:
        scaled = "(float)x[i] * 0x1.010102p-8f" if kind == "unsigned char" else "(float)x[i]"
        lines += [f"    for (int i = 0; i < {name.upper()}_INPUTS; i++)", f"        x0[i] = {scaled};"]
    if not native.memory and not converts:
        lines.append("    (void)memory;")
    lines += _calls(native.calls, name, int8=int8)
    return "\n".join(
        [
            *lines,
            "}",
            "",
            f"static inline void {name}_predict(const {kind} *x, float *y)",
            "{",
            f"    static float memory[{name.upper()}_MEMORY];",
            f"    {name}_predict_in(x, y, memory);",
            "}",
        ]
    )


def _calls(calls: list[NativeCall], name: str, *, int8: bool) -> list[str]:
    lines, place = [], None
    for call in calls:
        if call.place != place:
            place = call.place
            lines.append(f"    /* {place}: {in_comment(repr(call.layer))} */")
        arguments = ", ".join(_argument(argument, name, int8=int8) for argument in call.arguments)
        lines.append(f"    {name}_{call.function}({arguments});")
    return lines


def _argument(argument: Any, name: str, *, int8: bool) -> str:
    if argument is None:
        return "0"
    if isinstance(argument, Buffer):
        return argument.name
    if is_array(argument):
        own = _c_name(name, argument.name)
        return f"{name}_weights({own}, {own}_scales)" if int8 and is_matrix(argument) else own
    return str(argument) if isinstance(argument, int) else _hexadecimal(float(np.float32(argument)))


def _classes(name: str, classes: tuple[str, ...]) -> str:
    listed = ",\n".join(f"        {in_c(each)}" for each in classes)
    return "\n".join(
        [
            f"#define {name.upper()}_CLASSES {len(classes)}",
            "",
            "/* Return the name of a class by its number. */",
            f"static inline const char *{name}_class(int number)",
            "{",
            f"    static const char *const names[{name.upper()}_CLASSES] = {{",
            listed,
            "    };",
            "    return names[number];",
            "}",
        ]
    )


def _c_name(name: str, key: str) -> str:
    return f"{name}_w{re.sub(r'[^0-9A-Za-z]', '_', key)}"


def _wrapped(text: str) -> list[str]:
    return textwrap.wrap(text, 110)
