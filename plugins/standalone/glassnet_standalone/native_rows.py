"""Rows in C and JavaScript: the transforms of a column as statements that both languages have."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from functools import cache
from itertools import chain, count
from pathlib import Path
from typing import Any

import attrs
import numpy as np

import glassnet as gn
from glassnet_standalone.texts import in_comment
from glassnet_tables.column_format import MISSING
from glassnet_tables.preprocessing import TablePreprocessing

# Words of C99 and C++17, and macros of their compilers and headers: no field may have one as its name.
_RESERVED = re.compile(
    "alignas|alignof|and|and_eq|asm|auto|bitand|bitor|bool|break|case|catch|char|char16_t|char32_t|class|compl|"
    "const|const_cast|constexpr|continue|decltype|default|delete|do|double|dynamic_cast|else|enum|explicit|export|"
    "extern|false|float|for|friend|goto|if|inline|int|long|mutable|namespace|new|noexcept|not|not_eq|nullptr|"
    "operator|or|or_eq|private|protected|public|register|reinterpret_cast|restrict|return|short|signed|sizeof|"
    "static|static_assert|static_cast|struct|switch|template|this|thread_local|throw|true|try|typedef|typeid|"
    "typename|union|unsigned|using|virtual|void|volatile|wchar_t|while|xor|xor_eq|BUFSIZ|EOF|INFINITY|NAN|NULL|"
    "linux|stderr|stdin|stdout|unix"
)

# A text in a statement, as JSON has it.
QUOTED = r'"(?:[^"\\]|\\.)*"'
Writer = Callable[["Statements", Any, dict[str, Any], list[str]], list[str]]
_FORWARD: dict[str, Writer] = {}
_INVERSE: dict[str, Writer] = {}


@attrs.frozen
class Field:
    """A column of rows.

    Attributes
    ----------
    name, field
        The name of the column, and that of the field.
    kind
        What its cells are: ``"number"``, ``"boolean"``, ``"date"`` or ``"text"``.
    """

    name: str
    field: str
    kind: str


@attrs.frozen
class NativeRows:
    """What is done to rows: statements that fill the sample ``x`` from ``row``, and ``y`` in the units of the target.

    Attributes
    ----------
    fields
        The columns that are read.
    samples, units
        Statements; those that give units change ``z0``.
    functions
        Functions in C that the statements call, by name.
    missing
        Text that stands for a missing value, in lower case.
    """

    fields: list[Field]
    samples: list[str]
    units: list[str]
    functions: dict[str, str]
    missing: tuple[str, ...]


class Statements:
    """Statements that are being written, and the functions that they call."""

    def __init__(self) -> None:
        self.lines: list[str] = []
        self.functions: dict[str, str] = {}
        self._variables = 0

    def variable(self, value: str) -> str:
        """Add a variable of a value, and return its name."""
        name = f"z{self._variables}"
        self._variables += 1
        self.lines.append(f"double {name} = {value};")
        return name

    def call(self, function: str, *arguments: str) -> str:
        """Return a call of a function in ``rows.c``."""
        needed = [function, *re.findall(r"\b(\w+)\(", rows_functions()[function])]
        for each in reversed(needed):
            if each in rows_functions():
                self.functions.setdefault(each, rows_functions()[each])
        return f"{function}({', '.join(arguments)})"


@cache
def rows_functions() -> dict[str, str]:
    """Return the functions in ``rows.c`` by name."""
    text = (Path(__file__).parent / "rows.c").read_text("utf-8")
    found = re.split(r"^(?=static inline)", text, flags=re.MULTILINE)[1:]
    return {re.match(r"static inline \w+ (\w+)", each)[1]: each.rstrip() for each in found}  # type: ignore[index]


def native_rows(network: gn.Network) -> NativeRows | None:
    """Return what is done to rows; None if the network takes samples alone.

    Raises
    ------
    OptionError
        If a transform has no statements.
    """
    made = network.preprocessing
    if not isinstance(made, TablePreprocessing):
        return None
    statements, place = Statements(), 0
    fields: list[Field] = []
    for column in made.features:
        kind = column.format.type
        fields.append(Field(column.name, _field_name(column.name, [each.field for each in fields]), kind))
        told = f"{column.name}: {' '.join(map(repr, column.chain))}"
        statements.lines.append(f"/* {in_comment(told)} */")
        values = [f"row->{fields[-1].field}"]
        if kind != "text":
            values = [statements.variable(values[0])]
        for transform, state in zip(column.chain, column.states, strict=True):
            values = _written(_FORWARD, statements, transform, state, values, column.name)
        for value in values:
            statements.lines.append(f"x[{place}] = (float)({value});")
            place += 1
    units = Statements()
    if made.target.column is not None:
        values = [units.variable("y[0]")]
        for transform, state in zip(made.target.column.chain[::-1], made.target.column.states[::-1], strict=True):
            values = _written(_INVERSE, units, transform, state, values, made.target.name)
        units.lines.append(f"return {values[0]};")
    missing = (*MISSING, *(each.lower() for each in made.missing))
    return NativeRows(fields, statements.lines, units.lines, statements.functions, missing)


def _written(
    table: dict[str, Writer], statements: Statements, transform: Any, state: Any, values: list[str], column: str
) -> list[str]:
    name = transform.title()
    if name not in table:
        raise gn.OptionError(
            f"column {column!r}: the transform {name} cannot be written in C or JavaScript; "
            "export the network as model.py, or train it without this transform"
        )
    return table[name](statements, transform, state, values)


def _writer(table: dict[str, Writer], *names: str) -> Callable[[Writer], Writer]:
    def register(function: Writer) -> Writer:
        table.update(dict.fromkeys(names, function))
        return function

    return register


@_writer(_FORWARD, "standardize")
def _standardize(to: Statements, transform: Any, state: dict[str, Any], values: list[str]) -> list[str]:
    return _affine(to, values, state["mean"], state["std"])


@_writer(_FORWARD, "robust_scale")
def _robust_scale(to: Statements, transform: Any, state: dict[str, Any], values: list[str]) -> list[str]:
    return _affine(to, values, state["median"], state["range"])


@_writer(_FORWARD, "min_max")
def _min_max(to: Statements, transform: Any, state: dict[str, Any], values: list[str]) -> list[str]:
    low, high = transform.low, transform.high
    scaled = _affine(to, values, state["min"], state["range"])
    return [to.variable(f"{low!r} + {value} * {high - low!r}") for value in scaled]


@_writer(_FORWARD, "clip")
def _clip(to: Statements, transform: Any, state: dict[str, Any], values: list[str]) -> list[str]:
    bounds = zip(values, np.ravel(state["low"]).tolist(), np.ravel(state["high"]).tolist(), strict=True)
    return [
        to.variable(f"{value} < {low!r} ? {low!r} : {value} > {high!r} ? {high!r} : {value}")
        for value, low, high in bounds
    ]


@_writer(_FORWARD, "log")
def _log(to: Statements, transform: Any, state: dict[str, Any], values: list[str]) -> list[str]:
    return [to.variable(f"{value} < 0 ? -log1p(-{value}) : log1p({value})") for value in values]


@_writer(_FORWARD, "impute")
def _impute(to: Statements, transform: Any, state: dict[str, Any], values: list[str]) -> list[str]:
    if "text" in state:
        return [f"({value} ? {value} : {_quoted(state['text'])})" for value in values]
    fills = np.ravel(state["fill"]).tolist()
    filled = [
        to.variable(f"{value} == {value} ? {value} : {fill!r}") for value, fill in zip(values, fills, strict=True)
    ]
    return [*filled, *(to.variable(f"{value} == {value} ? 0 : 1") for value in values * transform.indicator)]


@_writer(_FORWARD, "quantile")
def _quantile(to: Statements, transform: Any, state: dict[str, Any], values: list[str]) -> list[str]:
    made = []
    for number, (value, found) in enumerate(zip(values, state["quantiles"].T.tolist(), strict=True)):
        name = f"{value}_quantiles{number}"
        to.lines.append(f"static const double {name}[{len(found)}] = {{{', '.join(map(repr, found))}}};")
        made.append(to.variable(to.call("share_below", value, name, str(len(found)))))
    return made


@_writer(_FORWARD, "one_hot")
def _one_hot(to: Statements, transform: Any, state: dict[str, Any], values: list[str]) -> list[str]:
    made = [to.call("is_category", values[0], _quoted(each)) for each in state["categories"]]
    if state["missing"]:
        made.append(f"({values[0]} ? 0 : 1)")
    if state["rare"]:
        known = " || ".join(["0", *made[: len(state["categories"])]])
        made.append(f"({values[0]} && !({known}) ? 1 : 0)")
    return made


@_writer(_FORWARD, "ordinal")
def _ordinal(to: Statements, transform: Any, state: dict[str, Any], values: list[str]) -> list[str]:
    return [_by_category(to, values[0], state["categories"], list(range(len(state["categories"]))), "-1")]


@_writer(_FORWARD, "frequency")
def _frequency(to: Statements, transform: Any, state: dict[str, Any], values: list[str]) -> list[str]:
    return [_by_category(to, values[0], state["categories"], state["share"].tolist(), "0")]


@_writer(_FORWARD, "hashed")
def _hashed(to: Statements, transform: Any, state: dict[str, Any], values: list[str]) -> list[str]:
    place = to.variable(f"{values[0]} ? {to.call('hash_of', values[0], str(transform.size))} : -1")
    return [f"({place} == {number})" for number in range(transform.size)]


@_writer(_FORWARD, "date_parts")
def _date_parts(to: Statements, transform: Any, state: dict[str, Any], values: list[str]) -> list[str]:
    first = float(np.datetime64(state["first"], "us").astype(np.int64)) / 1e6
    made = []
    for part in state["parts"]:
        if part == "days":
            made.append(to.variable(f"({values[0]} - {first!r}) / 86400.0"))
            continue
        angle = to.variable(f"6.283185307179586 * {to.call(f'{part}_of', values[0])}")
        length = {"month": 12, "weekday": 7, "hour": 24}[part]
        made += [to.variable(f"sin({angle} / {length}.0)"), to.variable(f"cos({angle} / {length}.0)")]
    return made


@_writer(_INVERSE, "standardize")
def _standardize_back(to: Statements, transform: Any, state: dict[str, Any], values: list[str]) -> list[str]:
    return _affine_back(to, values, state["mean"], state["std"])


@_writer(_INVERSE, "robust_scale")
def _robust_scale_back(to: Statements, transform: Any, state: dict[str, Any], values: list[str]) -> list[str]:
    return _affine_back(to, values, state["median"], state["range"])


@_writer(_INVERSE, "min_max")
def _min_max_back(to: Statements, transform: Any, state: dict[str, Any], values: list[str]) -> list[str]:
    low, high = transform.low, transform.high
    scaled = [to.variable(f"({value} - {low!r}) / {high - low!r}") for value in values]
    return _affine_back(to, scaled, state["min"], state["range"])


@_writer(_INVERSE, "log")
def _log_back(to: Statements, transform: Any, state: dict[str, Any], values: list[str]) -> list[str]:
    return [to.variable(f"{value} < 0 ? -expm1(-{value}) : expm1({value})") for value in values]


def _affine(to: Statements, values: list[str], shift: Any, scale: Any) -> list[str]:
    numbers = zip(values, np.ravel(shift).tolist(), np.ravel(scale).tolist(), strict=True)
    return [to.variable(f"({value} - {_number(by)}) / {_number(over)}") for value, by, over in numbers]


def _affine_back(to: Statements, values: list[str], shift: Any, scale: Any) -> list[str]:
    numbers = zip(values, np.ravel(shift).tolist(), np.ravel(scale).tolist(), strict=True)
    return [to.variable(f"{value} * {_number(by)} + {_number(plus)}") for value, plus, by in numbers]


def _by_category(to: Statements, value: str, categories: list[str], numbers: list[Any], otherwise: str) -> str:
    chosen = [f"{to.call('is_category', value, _quoted(c))} ? {n!r}" for c, n in zip(categories, numbers, strict=True)]
    return f"({' : '.join([*chosen, otherwise])})"


def _number(number: float) -> str:
    return f"({number!r})" if number < 0 else repr(number)


def _quoted(text: str) -> str:
    """Return a text in quotes as JSON has it, which each language then writes in its own way."""
    return json.dumps(text)


def _field_name(name: str, taken: list[str]) -> str:
    field = re.sub(r"[^0-9A-Za-z]+", "_", name).strip("_") or "column"
    field = f"column_{field}" if field[0].isdigit() else field
    field = f"{field}_" if _RESERVED.fullmatch(field) else field
    numbered = (f"{field}_{number}" for number in count(len(taken) + 1))
    return next(each for each in chain([field], numbered) if each not in taken)
