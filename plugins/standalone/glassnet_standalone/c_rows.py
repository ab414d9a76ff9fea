"""Rows in C: a struct with a field for each column, and the functions that take it."""

from __future__ import annotations

import json
import re

from glassnet_standalone.native_rows import QUOTED, Field, NativeRows
from glassnet_standalone.texts import in_c, in_comment

_TYPES = {
    "number": ("double ", "NAN if it is missing"),
    "boolean": ("double ", "1 or 0, NAN if it is missing"),
    "date": ("double ", "seconds since 1970-01-01, NAN if it is missing"),
    "text": ("const char *", "0 if it is missing"),
}
_VALUE = """\
/* Return the prediction for a row, in the units of the target. */
static inline double {name}_value(const {name}_row *row)
{{
    float x[{NAME}_INPUTS];
    float y[{NAME}_OUTPUTS];
    {name}_sample(row, x);
    {name}_predict(x, y);
{units}
}}"""
_CLASSIFY = """\
/* Write a probability for each class of a row, and return the number of the most probable class. */
static inline int {name}_classify(const {name}_row *row, float *probabilities)
{{
    float x[{NAME}_INPUTS];
    float y[{NAME}_OUTPUTS];
    int best = 0;
    {name}_sample(row, x);
    {name}_predict(x, y);
    for (int i = 0; i < {classes}; i++) {{
        probabilities[i] = {probability};
        best = probabilities[i] > probabilities[best] ? i : best;
    }}
    return best;
}}"""


def c_rows(rows: NativeRows, name: str, classes: int, outputs: int) -> list[str]:
    """Return the struct of a row, and the functions that take it."""
    words = {"name": name, "NAME": name.upper()}
    functions = list(rows.functions)
    texts = [_prefixed(text, functions, name) for text in rows.functions.values()]
    samples = "\n".join(f"    {_statement(line, functions, name)}" for line in rows.samples)
    sample = f"static inline void {name}_sample(const {name}_row *row, float *x)\n{{\n{samples}\n}}"
    if classes:
        two = outputs == 1 and classes == 2
        answers = _CLASSIFY.format(**words, classes=classes, probability="i ? y[0] : 1 - y[0]" if two else "y[i]")
    else:
        answers = _VALUE.format(**words, units="\n".join(f"    {line}" for line in rows.units))
    return [_struct(rows.fields, name), *texts, sample, answers]


def _struct(fields: list[Field], name: str) -> str:
    lines = []
    for each in fields:
        kind, told = _TYPES[each.kind]
        lines.append(f"    {kind}{each.field}; /* {in_comment(each.name)}: {told} */")
    return "\n".join(["typedef struct {", *lines, f"}} {name}_row;"])


def _prefixed(text: str, functions: list[str], name: str) -> str:
    for function in functions:
        text = text.replace(f"{function}(", f"{name}_{function}(")
    return text


def _statement(line: str, functions: list[str], name: str) -> str:
    """Return a statement with its texts as C has them, and the prefix of all names."""
    if line.startswith("/*"):
        return line
    parts = re.split(f"({QUOTED})", line)
    return "".join(
        in_c(json.loads(part)) if place % 2 else _prefixed(part, functions, name) for place, part in enumerate(parts)
    )
