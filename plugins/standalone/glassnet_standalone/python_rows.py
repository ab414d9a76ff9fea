"""What a program in Python does to rows, and how it names classes."""

from __future__ import annotations

from typing import Any

import glassnet as gn
from glassnet_standalone import python_cells
from glassnet_standalone.linker import Linker, NotSelfContainedError, plain
from glassnet_standalone.texts import in_comment, in_docstring
from glassnet_tables.column_format import MISSING

_PREDICT = '''
def predict(x):
    """Return the outputs of the network, as net.predict(x) does in glassnet."""
    return outputs(x)
'''
_PREDICT_ROWS = '''
def predict(x):
    """Return {what}, as net.predict(x) does in glassnet.

    x are rows, as a list of dicts or as a dict of columns; or an array of samples, whose outputs are returned.
    """
    if not is_rows(x):
        return outputs(x)
    return {result}
'''


def rows_source(network: gn.Network, classes: tuple[str, ...], linker: Linker) -> list[str]:
    """Return the functions of a module that are called, last of all ``predict``; what they need goes to the linker.

    Raises
    ------
    OptionError
        If a transform cannot be written.
    """
    made = network.preprocessing
    classes = classes or tuple(getattr(made, "classes", ()))
    if made is None or made.name != "table":
        if classes:
            linker.definitions["CLASSES"] = f"CLASSES = {tuple(classes)!r}"
            _add(linker, python_cells.answers, python_cells.classify)
        return [_PREDICT]
    linker.definitions["MISSING"] = f"MISSING = {(*MISSING, *(each.lower() for each in made.missing))!r}"
    if made.classes:
        linker.definitions["CLASSES"] = f"CLASSES = {tuple(made.classes)!r}"
        _add(linker, python_cells.answers, python_cells.classify)
    lines = [line for column in made.features for line in _column(linker, column)]
    samples = "\n".join(
        [
            "def samples(rows):",
            '    """Return the inputs of the network for some rows."""',
            "    columns = []",
            *(f"    {line}" for line in lines),
            "    return np.hstack(columns).astype(np.float32)",
        ]
    )
    _add(linker, python_cells.is_rows)
    if made.classes:
        predict = _PREDICT_ROWS.format(what="probabilities of rows", result="answers(outputs(samples(x)))")
        return [samples, predict]
    back = _in_units(linker, made)
    predict = _PREDICT_ROWS.format(
        what=f"{in_docstring(repr(made.target.name))} of rows", result="in_units(outputs(samples(x)))[:, 0]"
    )
    return [samples, back, predict]


def _add(linker: Linker, *functions: Any) -> None:
    for function in functions:
        linker.function(function)


def _column(linker: Linker, column: Any) -> list[str]:
    """Return the lines that make inputs of a column."""
    _add(linker, python_cells.cells, getattr(python_cells, f"as_{column.format.type}"))
    lines = [f"# {in_comment(column.name)}", f"z = as_{column.format.type}(cells(rows, {column.name!r}))"]
    for transform, state in zip(column.chain, column.states, strict=True):
        lines.append(f"z = {_made(linker, transform, column.name)}.transform(z, {plain(state)})")
    return [*lines, "columns.append(z)"]


def _in_units(linker: Linker, made: Any) -> str:
    """Return the function that gives outputs the units of the target."""
    column = made.target.column
    lines = ["def in_units(y):", f'    """Return outputs in the units of {in_docstring(repr(made.target.name))}."""']
    lines.append("    z = y.astype(np.float64)")
    for transform, state in zip(column.chain[::-1], column.states[::-1], strict=True):
        lines.append(f"    z = {_made(linker, transform, column.name)}.inverse(z, {plain(state)})")
    return "\n".join([*lines, "    return z"])


def _made(linker: Linker, transform: Any, column: str) -> str:
    methods = ("transform", "inverse") if type(transform).inverse is not gn.Transform.inverse else ("transform",)
    try:
        return linker.component(transform, *methods)
    except (NotSelfContainedError, OSError) as error:
        raise gn.OptionError(
            f"column {column!r}: the transform {transform!r} needs {error}, which one file of Python cannot hold; "
            "write its transform with NumPy and functions of its own module"
        ) from None
