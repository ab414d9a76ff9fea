"""Rows in JavaScript: objects with the names of the columns, and the functions that take them."""

from __future__ import annotations

import json
import re
from collections.abc import Callable

from glassnet_standalone.native_rows import QUOTED, NativeRows
from glassnet_standalone.texts import in_javascript

# Bytes and unsigned integers, which the translated functions do not have.
_HASH_OF = """\
function hash_of(text, size) {
    /* CRC-32 of the bytes of UTF-8. */
    let code = 0xffffffff;
    for (const byte of new TextEncoder().encode(text)) {
        code ^= byte;
        for (let k = 0; k < 8; k++) code = code & 1 ? (code >>> 1) ^ 0xedb88320 : code >>> 1;
    }
    return ((code ^ 0xffffffff) >>> 0) % size;
}"""
_CELLS = """\
const MISSING = new Set({missing});

/** Return whether a cell has no value. */
function isMissing(cell) {{
    return cell === null || cell === undefined || Number.isNaN(cell) ||
        (typeof cell === "string" && MISSING.has(cell.trim().toLowerCase()));
}}

const read = {{
    number: (cell) => (Number.isFinite(Number(cell)) ? Number(cell) : NaN),
    boolean: (cell) => {{
        const word = String(cell).trim().toLowerCase();
        if (["true", "yes", "y", "t", "1"].includes(word)) return 1;
        return ["false", "no", "n", "f", "0"].includes(word) ? 0 : NaN;
    }},
    /** Return seconds since 1970; a text without a time zone is in UTC. */
    date: (cell) => {{
        if (cell instanceof Date) return cell.getTime() / 1000;
        const text = String(cell).trim().replace(" ", "T");
        return Date.parse(/T.*(Z|[+-]\\d\\d:?\\d\\d)$|^[^T]*$/.test(text) ? text : `${{text}}Z`) / 1000;
    }},
    text: (cell) => (cell === true ? "True" : cell === false ? "False" : String(cell).trim()),
}};

/** Return the cells of a row as numbers and text; missing ones are NaN and null. */
function cellsOf(row) {{
    const columns = {columns};
    const cells = {{}};
    for (const [name, field, kind] of columns) {{
        if (!(name in row)) throw new RangeError(`the row has no column ${{JSON.stringify(name)}}`);
        const missing = kind === "text" ? null : NaN;
        cells[field] = isMissing(row[name]) ? missing : read[kind](row[name]);
    }}
    return cells;
}}

/** Return the sample of a row: an object with a property for each column. */
export function sampleOf(columns) {{
    const row = cellsOf(columns);
    const x = new Float32Array({inputs});
{samples}
    return x;
}}
"""
_ANSWERS = """\
/**
 * Return {what} for a row, an object with a property for each column.
 *
 * @returns {{{kind}}}
 */
export function predictRow(row) {{
    const y = predict(sampleOf(row));
{answers}
}}
"""


def js_rows(rows: NativeRows, classes: int, outputs: int, inputs: int, translated: Callable[[str], str]) -> list[str]:
    """Return the functions that take rows; `translated` makes JavaScript of a statement in C."""
    columns = in_javascript([[each.name, each.field, each.kind] for each in rows.fields])
    functions = [
        _HASH_OF if name == "hash_of" else _function(text, translated) for name, text in rows.functions.items()
    ]
    cells = _CELLS.format(
        missing=in_javascript(list(rows.missing)),
        columns=columns,
        inputs=inputs,
        samples="\n".join(f"    {_statement(line, translated)}" for line in rows.samples),
    )
    if classes:
        probabilities = "Float32Array.of(1 - y[0], y[0])" if outputs == 1 and classes == 2 else "y"
        answers = _ANSWERS.format(
            what="the probability of each class", kind="Float32Array", answers=f"    return {probabilities};"
        )
    else:
        lines = "\n".join(f"    {_statement(line, translated)}" for line in rows.units)
        answers = _ANSWERS.format(what="the prediction in the units of the target", kind="number", answers=lines)
    return [*functions, cells, answers]


def _function(text: str, translated: Callable[[str], str]) -> str:
    head, _, body = text.partition("\n{")
    name, arguments = re.match(r"static inline \w+ (\w+)\((.*)\)", head, re.DOTALL).groups()  # type: ignore[union-attr]
    names = ", ".join(re.findall(r"(\w+)(?:,|$)", arguments))
    body = re.sub(r"strcmp\((\w+), (\w+)\) == 0", r"\1 === \2", body)
    return f"function {name}({names}) {{{translated(body)}"


def _statement(line: str, translated: Callable[[str], str]) -> str:
    if line.startswith("/*"):
        return line
    line = re.sub(r"static const double (\w+)\[\d+\] = \{(.*)\};", r"const \1 = [\2];", line)
    parts = re.split(f"({QUOTED})", line)
    return "".join(
        in_javascript(json.loads(part)) if place % 2 else translated(part.replace("row->", "row."))
        for place, part in enumerate(parts)
    )
